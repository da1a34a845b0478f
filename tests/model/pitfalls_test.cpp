/// Pitfalls that only a whole model can fall into, on the random model with an untied head.
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include "tiny_models.hpp"
#include <srlm/loss/dpo.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/optim/sgd.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/supervised.hpp>
#include <algorithm>
#include <cmath>

using namespace srlm;

namespace {

/// Tokens that the smallest of the models knows.
Tokens random_tokens(std::uint64_t seed, std::size_t n) { return tiny::random_tokens(seed, n, 200); }

/// The gradient of the input embedding, one row a token, after `learn` filled it.
template <class B>
std::vector<std::vector<float>> embedding_gradient(tiny::Model<B>& model) {
  for (auto const& t : model.tensors()) {
    if (t.name == "model.embed_tokens.weight") {
      std::vector<float> const all = model.gradient(t);
      std::vector<std::vector<float>> rows;
      for (std::size_t r = 0; r < t.shape[0]; ++r) {
        rows.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(r * t.shape[1]),
                          all.begin() + static_cast<std::ptrdiff_t>((r + 1) * t.shape[1]));
      }
      return rows;
    }
  }
  FAIL("no embedding");
  return {};
}

bool is_zero(std::vector<float> const& row) {
  return std::all_of(row.begin(), row.end(), [](float x) { return x == 0; });
}

/// Keeps the gradient where it is, to be looked at.
struct Looking {
  void begin(std::size_t) {}
  template <class M>
  StepReport step(M&) {
    return {};
  }
};

} // namespace

TEMPLATE_LIST_TEST_CASE(
    "P2: the first response token is scored by the prompt's last position: one token and one token by hand", "",
    ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama3");
  Tokens const prompt = {7}, response = {11};
  std::vector<float> const logits = model.logits(prompt);
  double sum = 0;
  for (float logit : logits) {
    sum += std::exp(static_cast<double>(logit));
  }
  SequenceView const view{prompt, response};
  CHECK(static_cast<double>(model.log_probs({&view, 1}).front()) ==
        Catch::Approx(static_cast<double>(logits[11]) - std::log(sum)).epsilon(1e-6));
}

TEMPLATE_LIST_TEST_CASE("P2: a model that has learned to copy gives its copy a probability near 1", "", ModelBackends) {
  auto backend = TestType::make(2);
  auto model = tiny::load(backend, "tiny_llama3");
  std::vector<SupervisedExample> examples;
  for (Token a = 10; a < 18; ++a) {
    examples.push_back({{"", {a, static_cast<Token>(a + 20), 5}}, {"", {a, static_cast<Token>(a + 20), 6}}});
  }
  AdamWOptions options;
  options.schedule = {Schedule::Shape::constant, 1e-2, 1e-2, 0};
  SupervisedTrainer trainer{AdamW(backend, options), {.epochs = 60, .batch = 8, .micro_batch = 8}};
  NoJournal journal;
  trainer.fit(model, examples, Seed{1}, Stage::supervised, Turn(0, journal));
  for (SupervisedExample const& e : examples) {
    SequenceView const view{e.prompt.tokens, e.response.tokens};
    CHECK(model.log_probs({&view, 1}).front() > -0.1f);
  }
}

TEMPLATE_LIST_TEST_CASE("P3: prompts are context and responses are targets, in fine-tuning and in preference training",
                        "", ModelBackends) {
  auto backend = TestType::make(1);
  NoJournal journal;
  Tokens const prompt = {20, 21, 22}, chosen = {30, 31, 32}, rejected = {40, 41, 42};
  auto supervised = tiny::load(backend, "tiny_llama3"), preferring = tiny::load(backend, "tiny_llama3");
  SupervisedTrainer tuner{Looking{}, {.epochs = 1, .batch = 1}};
  std::vector<SupervisedExample> const example = {{{"", prompt}, {"", chosen}}};
  tuner.fit(supervised, example, Seed{1}, Stage::supervised, Turn(0, journal));
  std::vector<PreferencePair> pair = {{{"", prompt}, {"c", chosen}, {"r", rejected}}};
  record_reference(preferring, std::span(pair));
  PreferenceTrainer trainer{DpoLoss{}, Looking{}, {.epochs = 1, .batch = 1}};
  trainer.fit(preferring, pair, Seed{1});
  auto const after_tuning = embedding_gradient(supervised), after_preferring = embedding_gradient(preferring);
  for (std::size_t token : {20u, 21u, 22u, 30u, 31u}) { // read by a position that predicts
    CHECK_FALSE(is_zero(after_tuning[token]));
    CHECK_FALSE(is_zero(after_preferring[token]));
  }
  for (std::size_t token : {32u, 42u, 100u}) { // the last token of a response predicts nothing
    CHECK(is_zero(after_tuning[token]));
    CHECK(is_zero(after_preferring[token]));
  }
  CHECK(is_zero(after_tuning[40]));
  CHECK_FALSE(is_zero(after_preferring[40]));
}

TEMPLATE_LIST_TEST_CASE("P5: the error of a margin between two long responses stays below 1e-4 nats", "",
                        ModelBackends) {
  auto backend = TestType::make(1);
  auto model = tiny::load(backend, "tiny_llama3");
  Tokens const prompt = random_tokens(1, 4), chosen = random_tokens(2, 240), rejected = random_tokens(3, 240);
  SequenceView const views[] = {{prompt, chosen}, {prompt, rejected}};
  auto const sums = model.log_probs(views);
  double margin = 0;
  for (int which : {0, 1}) { // every token by itself, in double, from its own logits
    Tokens row = prompt;
    Tokens const& response = which == 0 ? chosen : rejected;
    row.insert(row.end(), response.begin(), response.end());
    std::vector<float> const logits = model.logits(row);
    std::size_t const width = model.config().vocabulary;
    for (std::size_t i = 0; i < response.size(); ++i) {
      float const* const at = logits.data() + (prompt.size() + i - 1) * width;
      double sum = 0;
      for (std::size_t v = 0; v < width; ++v) {
        sum += std::exp(static_cast<double>(at[v]));
      }
      margin += (which == 0 ? 1 : -1) * (static_cast<double>(at[response[i]]) - std::log(sum));
    }
  }
  CHECK(std::abs(static_cast<double>(sums[0]) - static_cast<double>(sums[1]) - margin) < tolerance::margin);
}

TEMPLATE_LIST_TEST_CASE("P8: two training passes of the same row are bitwise equal", "", ModelBackends) {
  auto backend = TestType::make(2);
  auto model = tiny::load(backend, "tiny_llama3");
  Tokens const prompt = random_tokens(1, 30), response = random_tokens(2, 60);
  SequenceView const view{prompt, response};
  CHECK(model.forward({&view, 1}).sums == model.forward({&view, 1}).sums);
}

TEMPLATE_LIST_TEST_CASE(
    "P13: ragged examples weigh by their tokens, however a batch is split, the short last batch included", "",
    ModelBackends) {
  auto backend = TestType::make(1);
  auto const trained = [&](std::size_t micro_batch) {
    auto model = tiny::load(backend, "tiny_llama3");
    std::vector<SupervisedExample> examples;
    for (std::uint64_t i = 0; i < 7; ++i) {
      examples.push_back({{"", random_tokens(i, 3 + i)}, {"", random_tokens(50 + i, 1 + 9 * i)}});
    }
    SupervisedTrainer trainer{Sgd{0.5f}, {.epochs = 1, .batch = 4, .micro_batch = micro_batch}};
    NoJournal journal;
    std::vector<double> losses;
    auto const listen = [&](StepTaken const& s) { losses.push_back(s.loss); };
    trainer.fit(model, examples, Seed{1}, Stage::supervised, Turn(0, journal, listen));
    return losses;
  };
  auto const whole = trained(8), split = trained(1);
  REQUIRE(whole.size() == 2);
  CHECK(whole[0] == Catch::Approx(split[0]).epsilon(1e-6));
  CHECK(whole[1] == Catch::Approx(split[1]).epsilon(1e-5)); // after one step with the gradient of either
}
