/// The laws of every part beside the policy: sound parts keep them, and a broken one is told which it breaks.
#include "io/temporary_folder.hpp"
#include "support/backends.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include "support/violations.hpp"
#include <srlm/core.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/testing/archetypes.hpp>
#include <srlm/testing/laws.hpp>
#include <barrier>
#include <cstring> // memcpy
#include <thread>

using namespace srlm;
using namespace srlm::testing;

namespace {

constexpr MakeArchetype make;
PolicyCase const letters{{65, 66, 10}, {70, 71, 72}, 128};

std::vector<JudgedGroup> three_groups() {
  std::vector<JudgedGroup> groups;
  for (char const* prompt : {"Say a.", "Say b.", ""}) {
    JudgedGroup group{{prompt, {65, 10}}, {}};
    for (char const* answer : {"aa", "b", ""}) {
      group.responses.push_back({answer, {97, 10}});
    }
    groups.push_back(std::move(group));
  }
  groups.push_back({{"no answer", {65, 10}}, {}});
  return groups;
}

Score length_of(Prompt const&, Response const& y) { return static_cast<float>(y.text.size()); }

} // namespace

TEST_CASE("sound tokenizers keep their laws; broken ones are told which they break") {
  CHECK(text_of(tokenizer_laws(mylib::Letters{})) == "");
  CHECK(text_of(tokenizer_laws(TokenizerArchetype{make}, {"", "a\n", "\xff"})) == "");
  CHECK(text_of(tokenizer_laws(EndAwareTokenizerArchetype{make}, {"", "a\n"})) == "");

  struct NoPrompt : mylib::Letters {
    Tokens encode_prompt(std::string_view) const { return {}; }
  };
  CHECK(names(tokenizer_laws(NoPrompt{}), "at least one token: the one that predicts"));
  struct ShowsEnd : mylib::Letters {
    std::string decode(std::span<Token const> t) const { return mylib::Letters::decode(t) + "</s>"; }
  };
  CHECK(names(tokenizer_laws(ShowsEnd{}), "control tokens are left out"));
  struct NeverEnds : mylib::Letters {
    bool is_end(Token) const { return false; }
  };
  CHECK(names(tokenizer_laws(NeverEnds{}), "ends with the one token"));
  struct Counts : mylib::Letters {
    mutable Token calls = 0;
    Tokens encode_prompt(std::string_view) const { return {++calls}; }
  };
  CHECK(names(tokenizer_laws(Counts{}), "the same text gives the same tokens"));
}

TEST_CASE("archetypes keep the policy's laws") {
  PolicyArchetype policy{make};
  CHECK(text_of(policy_laws(policy, {{0, 1, 2}, {1, 1, 0}, 3})) == "");
  GeneratorArchetype generator{make};
  CHECK(text_of(generator_laws(generator, {0, 1, 2}, {1})) == "");
}

TEST_CASE("an answer that goes on behind its end is found out") {
  struct Talks : bigram::Policy {
    struct Ends : mylib::Letters {
      bool is_end(Token token) const { return token < 128; }
    };
    Ends tokenizer() const { return {}; }
  };
  auto talks = bigram::random<Talks>();
  CHECK(names(generator_laws(talks, letters.prompt, letters.response), "ends with its end token"));
  struct Warm : bigram::Policy {
    std::vector<Tokens> generate(std::span<GenerationRequest const> x, Sampling s) {
      s.temperature = std::max(s.temperature, 0.5f);
      return model.write(x, s);
    }
  };
  auto warm = bigram::random<Warm>();
  CHECK(names(generator_laws(warm, letters.prompt, letters.response), "the seed decides nothing"));
}

TEST_CASE("checkpoints bring back every bit, or say so") {
  TemporaryFolder const folder;
  auto const change = [](auto& policy) { policy.model.weights().front().value[70 * 128 + 71] += 1; };
  auto keeping = bigram::random<bigram::Keeping>();
  std::filesystem::path const file = folder / "policy";
  CHECK(text_of(checkpoint_laws(keeping, letters, file, change)) == "");
  struct Forgets : bigram::Keeping {
    void load_checkpoint(std::filesystem::path const&) {}
  };
  auto forgets = bigram::random<Forgets>();
  auto const broken = checkpoint_laws(forgets, letters, file, change);
  CHECK(names(broken, "bit for bit"));
  CHECK(names(broken, "throws where there is no checkpoint"));
}

TEST_CASE("sound prompt sources keep their laws; broken ones are told which they break") {
  auto policy = bigram::random();
  PolicyArchetype minimal{make};
  CHECK(text_of(prompt_source_laws([] { return FixedPrompts{{"Say a.", "Say b."}}; }, policy)) == "");
  CHECK(text_of(prompt_source_laws([] { return PromptSourceArchetype{make}; }, minimal)) == "");
  CHECK(text_of(prompt_source_laws(
            [] {
              return PromptFactory{std::vector<std::string>{"Say a.", "Say b."}};
            },
            policy)) == "");
  struct Generous {
    std::vector<Prompt> next(bigram::Policy& p, std::size_t n, Seed) {
      return std::vector<Prompt>(n + 1, {"Say a.", p.tokenizer().encode_prompt("Say a.")});
    }
  };
  auto const generous = prompt_source_laws([] { return Generous{}; }, policy);
  CHECK(names(generous, "at most n prompts"));
  CHECK(names(generous, "none where none is asked for"));
  struct OtherTokens {
    std::vector<Prompt> next(bigram::Policy&, std::size_t n, Seed) { return std::vector<Prompt>(n, {"Say a.", {1}}); }
  };
  CHECK(names(prompt_source_laws([] { return OtherTokens{}; }, policy), "encode_prompt() of its text"));
  struct Forgetful : FixedPrompts {
    Forgetful() : FixedPrompts({"Say a.", "Say b."}) {}
    void remember(std::span<Prompt const>) {}
  };
  CHECK(names(prompt_source_laws([] { return Forgetful{}; }, policy), "as if it had given those prompts itself"));
}

TEST_CASE("sound judges keep their laws; broken ones are told which they break") {
  auto policy = bigram::random();
  FunctionJudge counts(length_of);
  CHECK(text_of(judge_laws(counts, policy, three_groups())) == "");
  LlmJudge llm{AdditiveRubric{}, {.votes = 2, .sampling = {1.0f, 1.0f, 8}}};
  CHECK(text_of(judge_laws(llm, policy, three_groups())) == "");
  MetaJudge meta{AdditiveRubric{}};
  CHECK(text_of(judge_laws(meta, policy, three_groups())) == "");
  PolicyArchetype minimal{make};
  JudgeTrainerArchetype archetype{make};
  CHECK(text_of(judge_laws(archetype, minimal, three_groups())) == "");

  struct OneScore : FunctionJudge<decltype(&length_of)> {
    OneScore() : FunctionJudge(&length_of) {}
    void score(bigram::Policy& p, std::span<JudgedGroup> groups, Seed seed) {
      FunctionJudge::score(p, groups, seed);
      groups.front().scores.pop_back();
    }
  } one_score;
  CHECK(names(judge_laws(one_score, policy, three_groups()), "one score or nullopt a response"));
  struct ZeroForNothing {
    void score(bigram::Policy&, std::span<JudgedGroup> groups, Seed) {
      for (JudgedGroup& group : groups) {
        group.scores.assign(group.responses.size(), 0.0f);
        group.verdicts.assign(group.responses.size(), {{0.0f, VerdictCause::no_score, ""}});
      }
    }
  } zero;
  CHECK(names(judge_laws(zero, policy, three_groups()), "or the cause why there is none, never both"));
  struct Accumulates {
    void score(bigram::Policy&, std::span<JudgedGroup> groups, Seed) {
      for (JudgedGroup& group : groups) {
        group.scores.resize(group.responses.size(), 1.0f);
        for (Score& score : group.scores) {
          score = *score + 1;
        }
      }
    }
  } accumulates;
  CHECK(names(judge_laws(accumulates, policy, three_groups()), "a function of (policy, prompts, responses, seed)"));
  struct Rewrites {
    void score(bigram::Policy&, std::span<JudgedGroup> groups, Seed) {
      for (JudgedGroup& group : groups) {
        group.scores.assign(group.responses.size(), std::nanf(""));
        for (Response& response : group.responses) {
          response.text += "!";
        }
      }
    }
  } rewrites;
  CHECK(names(judge_laws(rewrites, policy, three_groups()), "as they are"));
  CHECK(names(judge_laws(rewrites, policy, three_groups()), "a failed judgement is nullopt"));
}

TEST_CASE("sound rubrics keep their laws; broken ones are told which they break") {
  Prompt const x{"Name a colour.", {}};
  Response const y{"Blue it is.", {}}, z{"Red of course.", {}};
  CHECK(text_of(rubric_laws(AdditiveRubric{}, x, y,
                            {{"Fine. Score: 4", 4.0f}, {"Score: 9", {}}, {"I like it.", {}}})) == "");
  CHECK(text_of(rubric_laws(MultipleChoiceRubric{}, x, y, {{"none of them", {}}})) == "");
  CHECK(text_of(rubric_laws(RubricArchetype{make}, x, y, {{"good", 1.0f}, {"bad", {}}})) == "");
  CHECK(text_of(pairwise_rubric_laws(HeadToHeadRubric{}, x, y, z, {{"I cannot say.", {}}})) == "");
  CHECK(text_of(pairwise_rubric_laws(PairwiseRubricArchetype{make}, x, y, z, {{"first", Better::first}})) == "");

  struct Guesses : AdditiveRubric {
    Verdict parse(std::string_view text) const { return {0.0f, VerdictCause::none, std::string(text)}; }
  };
  CHECK(names(rubric_laws(Guesses{}, x, y, {{"I like it.", {}}}), "guesses none"));
  struct AsksForNothing : AdditiveRubric {
    std::string question(Prompt const&, Response const& r) const { return r.text; }
  };
  CHECK(names(rubric_laws(AsksForNothing{}, x, y, {}), "holds the instruction"));
  struct Turned : HeadToHeadRubric {
    std::string question(Prompt const& p, Response const& a, Response const& b) const {
      return HeadToHeadRubric::question(p, b, a);
    }
  };
  CHECK(names(pairwise_rubric_laws(Turned{}, x, y, z, {}), "the first response before the second"));
}

TEST_CASE("every pair rule keeps the laws; broken ones are told which they break") {
  for_each_type(PairSelectors{}, [&]<class S>(std::type_identity<S>) {
    INFO(S::name);
    CHECK(text_of(pair_selector_laws(S{})) == "");
  });
  CHECK(text_of(pair_selector_laws(PairSelectorArchetype{make})) == "");
  CHECK(text_of(answer_selector_laws(PositiveOnly{})) == "");
  CHECK(text_of(answer_selector_laws(AnswerSelectorArchetype{make})) == "");

  auto const any_two = [](JudgedGroup const& group, Seed) {
    return group.responses.size() < 2 ? std::vector<WinnerLoser>{} : std::vector<WinnerLoser>{{0, 1}, {0, 1}};
  };
  auto const broken = pair_selector_laws(any_two);
  for (char const* law : {"without a score", "higher than the loser's", "never the winner", "equal texts", "twice"}) {
    CHECK(names(broken, law));
  }
  CHECK(names(pair_selector_laws([](JudgedGroup const&, Seed) {
                return std::vector<WinnerLoser>{{0, 5}};
              }),
              "indices of responses"));
  CHECK(names(pair_selector_laws([](JudgedGroup const&, Seed) { return std::vector<WinnerLoser>{}; }),
              "some groups give pairs"));
  auto const all = [](JudgedGroup const& group) {
    std::vector<std::size_t> answers(group.responses.size());
    return answers;
  };
  auto const learned = answer_selector_laws(all);
  for (char const* law : {"without a score", "unfinished", "twice"}) {
    CHECK(names(learned, law));
  }
}

TEST_CASE("a loss with a wrong derivative is found out") {
  PairLogProbs const points[] = {{-10, -12, -11, -11.5, 20, 30}, {-40, -31, -38, -33, 20, 30}};
  struct WrongFactor {
    PairLoss operator()(PairLogProbs const& p) const {
      PairLoss const right = DpoLoss{0.1}(p);
      return {right.value, right.d_chosen / 0.1, right.d_rejected};
    }
  };
  CHECK(text_of(loss_laws(DpoLoss{0.1}, points)) == "");
  CHECK(text_of(loss_laws(PreferenceLossArchetype{make}, points)) == "");
  CHECK(text_of(loss_laws(BatchPreferenceLossArchetype{make}, points)) == "");
  auto const broken = loss_laws(WrongFactor{}, points);
  CHECK(names(broken, "d_chosen is the derivative"));
  CHECK_FALSE(names(broken, "d_rejected is the derivative"));
}

TEST_CASE("sound steppers keep their laws; broken ones are told which they break") {
  TemporaryFolder const folder;
  std::filesystem::path const file = folder / "stepper.safetensors";
  auto model = bigram::random();
  Sgd sgd{0.1f};
  CHECK(text_of(stepper_laws(sgd, model, file)) == "");
  EigenBackend backend(1);
  AdamW adamw(backend);
  CHECK(text_of(stepper_laws(adamw, model, file)) == "");

  struct Keeps : Sgd {
    StepReport step(bigram::Policy& p) {
      auto const weights = p.parameters().front();
      std::vector<float> const kept(weights.gradient.begin(), weights.gradient.end());
      StepReport const report = Sgd::step(p);
      std::copy(kept.begin(), kept.end(), weights.gradient.begin());
      return report;
    }
  } keeps;
  CHECK(names(stepper_laws(keeps, model), "clears the gradient"));
  Sgd climbs{-0.1f};
  CHECK(names(stepper_laws(climbs, model), "against the gradient"));
  struct Silent : Sgd {
    StepReport step(bigram::Policy& p) { return {Sgd::step(p).rate, 0}; }
  } silent;
  CHECK(names(stepper_laws(silent, model), "the norm of the gradient"));
  struct Fades : Sgd {
    StepReport step(bigram::Policy& p) {
      rate *= 0.5f;
      return Sgd::step(p);
    }
  } fades;
  CHECK(names(stepper_laws(fades, model), "begin() forgets"));
  struct HalfKept : AdamW<EigenBackend> {
    using AdamW::AdamW;
    void load_checkpoint(std::filesystem::path const&) {}
  } half(backend);
  CHECK(names(stepper_laws(half, model, file), "goes on where save_checkpoint() was"));
}

TEST_CASE("sound optimizers keep their laws; broken ones are told which they break") {
  Prompt const x{"AB", {65, 66, 10}};
  Response const y{"CD", {67, 68, 10}}, z{"EF", {69, 70, 10}};
  auto const policy = [] { return bigram::random(); };
  PreferenceTrainer dpo{DpoLoss{}, Sgd{1.0f}};
  CHECK(text_of(preference_optimizer_laws(dpo, policy, x, y, z)) == "");
  PreferenceTrainer away{DpoLoss{}, Sgd{-1.0f}};
  CHECK(names(preference_optimizer_laws(away, policy, x, y, z), "gain on the rejected one"));
  struct Tires {
    float rate = 1;
    void fit(bigram::Policy& p, std::span<PreferencePair const> pairs, Seed seed) {
      PreferenceTrainer{DpoLoss{}, Sgd{rate}}.fit(p, pairs, seed);
      rate /= 2;
    }
  } tires;
  CHECK(names(preference_optimizer_laws(tires, policy, x, y, z), "a second call begins anew"));
}

TEST_CASE("sound journals keep their laws; broken ones are told which they break") {
  TemporaryFolder const folder;
  struct OnDisk : observe::RunFolder, JournalFile {
    explicit OnDisk(std::string const& path)
        : observe::RunFolder(path), JournalFile(static_cast<observe::RunFolder const&>(*this), {{"laws", 1}}) {}
  };
  CHECK(text_of(journal_laws([&] { return OnDisk(folder / "run"); })) == "");
  CHECK(text_of(journal_laws([] { return NoJournal{}; })) == "");
  CHECK(text_of(journal_laws([] { return JournalArchetype{make}; })) == "");

  struct AnyUnit : NoJournal { // one drawer for all keys
    std::vector<Prompt> prompts;
    std::vector<JudgedGroup> groups;
    using NoJournal::recall;
    using NoJournal::record;
    bool recall(UnitKey const&, std::vector<Prompt>& value) {
      value = prompts;
      return !prompts.empty();
    }
    void record(UnitKey const&, std::vector<Prompt> const& value) { prompts = value; }
    bool recall(UnitKey const&, std::vector<JudgedGroup>& value) {
      value = groups;
      return !groups.empty();
    }
    void record(UnitKey const&, std::vector<JudgedGroup> value) {
      value.front().scores.front() = 2.0f; // rounded
      groups = value;
    }
  };
  auto const broken = journal_laws([] { return AnyUnit{}; });
  for (char const* law : {"belong to the key", "bit for bit", "all four kinds", "opened again"}) {
    CHECK(names(broken, law));
  }
}

namespace {

/// Ranks that are threads of one program, which meet at every sum and every exchange.
struct Meeting {
  explicit Meeting(int n) : size(n), waiting(n), parts(static_cast<std::size_t>(n)) {}
  int size;
  std::barrier<> waiting;
  std::vector<std::vector<std::byte>> parts;
};

struct ThreadRank {
  Meeting* meeting;
  int own;
  bool sums_wrongly = false;

  int rank() { return own; }
  int size() { return meeting->size; }
  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) {
    meeting->parts[static_cast<std::size_t>(own)].assign(bytes.begin(), bytes.end());
    meeting->waiting.arrive_and_wait();
    auto all = meeting->parts;
    meeting->waiting.arrive_and_wait();
    return all;
  }
  void all_reduce_sum(std::span<float> values) {
    auto const all = all_gather(std::as_bytes(values));
    std::fill(values.begin(), values.end(), 0.0f);
    for (std::size_t r = sums_wrongly ? 1 : 0; r < all.size(); ++r) {
      for (std::size_t i = 0; i < values.size(); ++i) {
        float value;
        std::memcpy(&value, all[r].data() + i * sizeof value, sizeof value);
        values[i] += value;
      }
    }
  }
};

std::string laws_of_ranks(int size, bool sums_wrongly) {
  Meeting meeting(size);
  std::vector<std::string> broken(static_cast<std::size_t>(size));
  std::vector<std::thread> threads;
  for (int r = 0; r < size; ++r) {
    threads.emplace_back([&, r] {
      EigenBackend backend(1);
      ThreadRank rank{&meeting, r, sums_wrongly};
      broken[static_cast<std::size_t>(r)] = text_of(communicator_laws(rank, backend));
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return broken.front();
}

} // namespace

TEST_CASE("sound communicators keep their laws; broken ones are told which they break") {
  EigenBackend backend(1);
  CommunicatorArchetype alone{make};
  static_assert(Communicator<CommunicatorArchetype, EigenBackend>);
  CHECK(text_of(communicator_laws(alone, backend)) == "");
  CHECK(laws_of_ranks(3, false) == "");
  CHECK(laws_of_ranks(3, true).find("the sum over all ranks") != std::string::npos);
}

TEST_CASE("broken laws end a program by name where it wants that") {
  CHECK_THROWS_WITH(require_laws(loss_laws(
                        [](PairLogProbs const& p) {
                          return PairLoss{p.chosen, 2, 0};
                        },
                        std::vector<PairLogProbs>{{-1, -2, -1, -2}})),
                    Catch::Contains("d_chosen is the derivative"));
  CHECK_NOTHROW(require_laws({}));
}
