/// The arrays of token ids that a model gives are the arrays that it gets back, to score and to learn: the same memory,
/// nowhere copied on the way. Every array here is so long that an allocation of its size can be nothing else.
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <cstdlib>
#include <new>
#include <set>

namespace {

constexpr std::size_t array_length = 20'011;
std::size_t large_allocations = 0;

void* allocate(std::size_t size) {
  large_allocations += size >= array_length * sizeof(srlm::Token) ? 1 : 0;
  if (void* const memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}

} // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

using namespace srlm;

namespace {

/// What a model gave out, and what it was shown of it.
struct Ledger {
  std::set<Token const*> given;
  std::size_t arrays = 0, views = 0, foreign = 0;

  Tokens give(Token first, std::size_t length) {
    Tokens ids(length, first);
    given.insert(ids.data());
    ++arrays;
    return ids;
  }
  void see(std::span<SequenceView const> batch) {
    for (SequenceView const& view : batch) {
      ++views;
      foreign += given.contains(view.prompt.data()) && given.contains(view.response.data()) ? 0 : 1;
    }
  }
};

struct Letters {
  Ledger* ledger;
  Tokens encode_prompt(std::string_view text) const { return ledger->give(text.empty() ? 0 : text[0], array_length); }
  Tokens encode_response(std::string_view text) const { return encode_prompt(text); }
  /// Good for an answer, a verdict and a comparison.
  std::string decode(std::span<Token const> ids) const {
    return "Score: " + std::to_string(ids.front() % 6) + (ids.front() % 2 == 0 ? "\nBetter: A" : "\nBetter: B");
  }
};

/// Counts. Its answers are lengths and letters; it learns nothing.
struct CountingPolicy {
  struct Parameter {
    std::span<float> value, gradient;
  };
  struct Run {
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };

  Ledger ledger;
  Letters letters{&ledger};

  CountingPolicy() = default;
  CountingPolicy(CountingPolicy const&) = delete;

  Letters const& tokenizer() const { return letters; }
  std::vector<Tokens> generate(std::span<GenerationRequest const> requests, Sampling const&) {
    std::vector<Tokens> out;
    for (GenerationRequest const& request : requests) {
      ledger.foreign += ledger.given.contains(request.prompt.data()) ? 0 : 1;
      auto const letter = static_cast<Token>(request.seed.below(20, 0));
      out.push_back(ledger.give(letter, array_length + static_cast<std::size_t>(letter)));
    }
    return out;
  }
  std::vector<float> log_probs(std::span<SequenceView const> batch) {
    ledger.see(batch);
    std::vector<float> sums;
    for (SequenceView const& view : batch) {
      sums.push_back(-1e-3f * static_cast<float>(view.response.size()));
    }
    return sums;
  }
  Run forward(std::span<SequenceView const> batch) { return {log_probs(batch)}; }
  void backward(Run, std::span<float const>) {}
  std::vector<Parameter> parameters() { return {}; }
};
static_assert(Policy<CountingPolicy>);

Score said(Prompt const&, Response const& y) { return std::stof(y.text.substr(7)); }

SelfRewardingOptions const options{
    .iterations = 2, .prompts = 20, .sampling = {1.0f, 1.0f, 2 * static_cast<int>(array_length)}, .seed = {7}};

/// All that a run did to the arrays of `policy`, `before` being the count of large allocations when it began.
void check_nothing_was_copied(CountingPolicy const& policy, std::size_t before) {
  CHECK(policy.ledger.views > 0);
  CHECK(policy.ledger.foreign == 0);
  CHECK(large_allocations - before == policy.ledger.arrays);
}

template <class Select, class Optimize>
void run(Select const& select, Optimize optimize) {
  CountingPolicy policy;
  std::size_t const before = large_allocations;
  FixedPrompts prompts{{"a", "b", "c"}};
  FunctionJudge judge{said};
  CHECK(self_rewarding(policy, prompts, judge, select, optimize, options) == Control::proceed);
  check_nothing_was_copied(policy, before);
}

} // namespace

TEST_CASE("the loop brings the sampler's own arrays to the reference and to the loss") {
  run(BestVersusWorst{}, PreferenceTrainer{DpoLoss{}, Sgd{}, {.epochs = 2}});
}

TEST_CASE("an answer in many pairs and in many views of a pair is one array") {
  run(AllPairs{}, PreferenceTrainer{LdDpoLoss{}, Sgd{}, {.epochs = 2, .batch = 8, .micro_batch = 3}});
}

TEST_CASE("a loss over whole batches and a reference that is renewed copy no array") {
  PreferenceOptions const renewed{.batch = 4, .micro_batch = 2, .refresh_reference_every = 2};
  run(TopK{}, PreferenceTrainer{AotLoss{}, Sgd{}, renewed});
}

TEST_CASE("the judgements that a meta-judge pairs are the arrays that the judge wrote") {
  CountingPolicy policy;
  std::size_t const before = large_allocations;
  FixedPrompts prompts{{"a", "b"}};
  Sampling const sampling = options.sampling;
  MetaJudge judge{AdditiveRubric{}, {.judge = {3, sampling}, .sampling = sampling}};
  PreferenceTrainer dpo{DpoLoss{}, Sgd{}};
  std::size_t actor = 0;
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo, options,
                 [&](PairsSelected const& e) { actor += e.pairs; });
  CHECK(policy.ledger.views > 4 * actor); // to the reference and to the loss, two a pair: more pairs than the actor's
  check_nothing_was_copied(policy, before);
}

TEST_CASE("the positive-only variant and SPIN copy no array either") {
  CountingPolicy policy;
  std::size_t const before = large_allocations;
  FixedPrompts prompts{{"a", "b"}};
  FunctionJudge judge{said};
  SupervisedTrainer sft{Sgd{}};
  std::vector<SupervisedExample> const people = {
      {{"a", policy.letters.encode_prompt("a")}, {"b", policy.letters.encode_response("b")}}};
  NoJournal journal;
  positive_only(policy, prompts, judge, PositiveOnly{4}, sft, std::span(people), options, journal);
  check_nothing_was_copied(policy, before);

  PreferenceTrainer train{SpinLoss{}, Sgd{}};
  spin(policy, std::span(people), train, 2, options.sampling, Seed{5}, journal);
  check_nothing_was_copied(policy, before);
}

TEST_CASE("copies of shared ids are the same memory, which lives as long as one of them") {
  Tokens ids = {3, 4, 5};
  Token const* const memory = ids.data();
  SharedTokens first = std::move(ids);
  SharedTokens second = first;
  first = {6};
  CHECK(second.data() == memory);
  CHECK(second == SharedTokens{3, 4, 5});
  CHECK_FALSE(second == first);
  SharedTokens const third = std::move(second);
  CHECK(third.data() == memory);
  second = third;
  second = std::move(second);
  CHECK(second.back() == 5);
  CHECK(SharedTokens(Tokens{}).empty());
  CHECK(SharedTokens{} == SharedTokens(Tokens{}));
}
