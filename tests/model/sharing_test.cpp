/// Sharing prefixes, batching and threads change no bit of a result.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <cmath>

using namespace srlm;

namespace {

using tiny::random_tokens;

/// Prompts and responses that share prefixes inside and across pages.
std::vector<tiny::Sequence> ragged() {
  std::vector<tiny::Sequence> all;
  Tokens const prompt = random_tokens(1, 70);
  Tokens answer = random_tokens(2, 40), sibling = answer;
  answer.push_back(5);
  sibling.push_back(6);
  sibling.push_back(7);
  all.push_back({prompt, random_tokens(3, 90), 0});
  all.push_back({prompt, answer, 0});
  all.push_back({prompt, sibling, 0});
  all.push_back({prompt, answer, 0});                                      // the same once more
  all.push_back({Tokens(prompt.begin(), prompt.begin() + 64), answer, 0}); // ends where a page ends
  all.push_back({random_tokens(9, 1), random_tokens(10, 1), 0});
  all.push_back({random_tokens(11, 128), random_tokens(12, 64), 0});
  return all;
}

/// Keeps the rows of each pass.
struct CountingBackend : AnyBackend {
  explicit CountingBackend(AnyBackend backend) : AnyBackend(std::move(backend)) {}
  std::vector<std::size_t> passes;

  AttentionPlan plan(AttentionLayout const& layout) {
    passes.push_back(layout.rows);
    return AnyBackend::plan(layout);
  }
};

} // namespace

TEST_CASE("prompts with a common beginning are read in one pass, and all before the answers are written") {
  CountingBackend backend(OverEigen::make(1));
  auto model = tiny::load(backend, "tiny_llama");
  model.limits.prompt_rows = 200;
  std::vector<Tokens> prompts;
  for (std::uint64_t i = 0; i < 8; ++i) {
    Tokens& prompt = prompts.emplace_back(random_tokens(1, 130));
    prompt.push_back(static_cast<Token>(3 + i)); // where they part
    Tokens const end = random_tokens(10 + i, 4);
    prompt.insert(prompt.end(), end.begin(), end.end());
  }
  for (std::uint64_t i = 8; i < 12; ++i) { // and some that share nothing
    prompts.push_back(random_tokens(30 + i, 120));
  }
  std::vector<GenerationRequest> requests;
  for (Tokens const& prompt : prompts) {
    requests.push_back({prompt, Seed{1}});
    requests.push_back({prompt, Seed{2}});
  }
  backend.passes.clear();
  auto const answers = model.generate(requests, {1.0f, 1.0f, 6});
  std::size_t read = 0, passes = 0;
  for (; passes < backend.passes.size() && read < 130 + 8 * 5 + 4 * 120; ++passes) {
    read += backend.passes[passes];
    CHECK(backend.passes[passes] <= 200);
  }
  CHECK(read == 130 + 8 * 5 + 4 * 120); // each token once
  CHECK(passes <= 5);                   // the shared ones in one
  CHECK(backend.passes.size() <= passes + 5);
}

TEMPLATE_LIST_TEST_CASE(
    "P9: a row alone has the bits that it has in a ragged batch, scored or taped, on any number of threads", "",
    ModelBackends) {
  auto one = TestType::make(1), two = TestType::make(2);
  auto serial = tiny::load(one, "tiny_mistral"), parallel = tiny::load(two, "tiny_mistral");
  auto const sequences = ragged();
  auto const views = tiny::views(sequences);
  auto const together = parallel.log_probs(views);
  auto const tape = parallel.forward(views);
  for (std::size_t i = 0; i < views.size(); ++i) {
    CHECK(serial.log_probs(std::span(views).subspan(i, 1)).front() == together[i]);
    CHECK(tape.log_probs()[i] == together[i]);
  }
}

TEMPLATE_LIST_TEST_CASE("gradients of shared prefixes are those of separate sequences", "", ModelBackends) {
  auto backend = TestType::make(2);
  auto shared = tiny::load(backend, "tiny_llama"), apart = tiny::load(backend, "tiny_llama");
  auto const sequences = ragged();
  auto const views = tiny::views(sequences);
  std::vector<float> const weights = {1.0f, -0.5f, 0.25f, 0.75f, -1.0f, 0.5f, 0.1f};
  shared.backward(shared.forward(views), weights);
  for (std::size_t i = 0; i < views.size(); ++i) {
    apart.backward(apart.forward(std::span(views).subspan(i, 1)), std::span(weights).subspan(i, 1));
  }
  for (auto const& tensor : shared.tensors()) {
    auto const a = shared.gradient(tensor), b = apart.gradient(tensor);
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
      norm += std::pow(static_cast<double>(b[i]), 2);
    }
    INFO(tensor.name);
    CHECK(std::sqrt(difference) < tolerance::shared_gradient * std::sqrt(norm));
  }
}

TEMPLATE_LIST_TEST_CASE("an answer does not depend on other requests, on how many are written at once, or on threads",
                        "", ModelBackends) {
  auto one = TestType::make(1), two = TestType::make(2);
  auto serial = tiny::load(one, "tiny_llama"), parallel = tiny::load(two, "tiny_llama");
  Tokens const long_prompt = random_tokens(1, 130), near(long_prompt.begin(), long_prompt.begin() + 100);
  Tokens const other = random_tokens(4, 3);
  std::vector<GenerationRequest> requests;
  for (std::uint64_t i = 0; i < 24; ++i) {
    requests.push_back({i % 3 == 0 ? long_prompt : i % 3 == 1 ? near : other, Seed{i}});
  }
  Sampling const sampling{1.0f, 0.95f, 70};
  auto const together = parallel.generate(requests, sampling);
  for (std::size_t i : {0u, 1u, 2u, 23u}) {
    CHECK(serial.generate(std::span(requests).subspan(i, 1), sampling).front() == together[i]);
  }
  parallel.limits.answers = 3;
  parallel.limits.prompt_rows = 8;
  parallel.limits.cache_bytes = 1;
  CHECK(parallel.generate(requests, sampling) == together);
}
