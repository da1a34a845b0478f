/// One turn of the loop with the built-in model over every tensor policy, from sampling to the DPO step, done twice.
#include "../../examples/srlm/tiny_vocabulary.hpp"
#include "support/catch.hpp"
#include "support/model_backends.hpp"
#include "support/tolerances.hpp"
#include "support/weights.hpp"
#include <srlm/core.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/supervised.hpp>
#include <unistd.h>
#include <fstream>

using namespace srlm;

namespace {

/// Every text is a verdict: a random model writes no score lines.
struct AnyTextRubric {
  static constexpr ScoreScale scale = {0, 5};
  static constexpr std::string_view score_line = "\nScore: ";

  std::string question(Prompt const& x, Response const& y) const { return x.text + "?" + y.text; }
  Verdict parse(std::string_view verdict) const {
    return {static_cast<float>(verdict.size() % 6), VerdictCause::none, std::string(verdict)};
  }
};

std::vector<std::string> const texts = {"Name the colour red now", "Name the colour blue now", "Say green", "Go on"};
char const* const answers[] = {"a b", "c", "a b c d", "b"};

LanguageModel<AnyBackend> small_model(AnyBackend& backend) {
  std::vector<std::string> words = texts;
  words.insert(words.end(), std::begin(answers), std::end(answers));
  text::Vocabulary const vocabulary = cli::tiny_vocabulary(words, 300);
  io::ModelConfig config;
  config.architecture = "llama";
  config.vocabulary = vocabulary.tokens.size();
  config.hidden = 16;
  config.intermediate = 40;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 6;
  config.context = 512;
  config.tied_embeddings = true;
  config.eos = vocabulary.end_tokens;
  LanguageModel<AnyBackend> model(backend, config, text::Tokenizer(vocabulary));
  initialise(model, Seed{1}, 0.3f);
  std::vector<SupervisedExample> examples;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    examples.push_back({{texts[i], model.tokenizer().encode_prompt(texts[i])},
                        {answers[i], model.tokenizer().encode_response(answers[i])}});
  }
  AdamWOptions options;
  options.schedule = {Schedule::Shape::constant, 1e-2, 0, 0};
  SupervisedTrainer trainer{AdamW(backend, options), {.epochs = 20, .batch = 4, .micro_batch = 4}};
  NoJournal journal;
  trainer.fit(model, examples, Seed{2}, Stage::supervised, Turn(0, journal)); // short answers that end
  return model;
}

struct Outcome {
  std::vector<std::vector<float>> weights;
  std::string journal;
  std::vector<double> losses;
  std::size_t pairs = 0;
};

template <class B>
Outcome one_turn() {
  auto const folder = std::filesystem::temp_directory_path() / ("srlm_turn_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  auto backend = B::make(2);
  auto policy = small_model(backend);
  Outcome outcome;
  {
    observe::RunFolder run(folder);
    JournalFile journal(run, {{"seed", 7}});
    AdamWOptions adamw;
    adamw.schedule = {Schedule::Shape::constant, 1e-3, 0, 0};
    PreferenceTrainer dpo{DpoLoss{}, AdamW(backend, adamw), {.epochs = 2, .batch = 4, .micro_batch = 2}};
    FixedPrompts prompts(texts);
    LlmJudge judge(AnyTextRubric{}, LlmJudgeOptions{2, {1.0f, 1.0f, 6}, 0});
    self_rewarding(
        policy, prompts, judge, BestVersusWorst{}, dpo, {1, 6, 4, {1.0f, 1.0f, 12}, Seed{11}}, journal,
        [&](StepTaken const& e) { outcome.losses.push_back(e.loss); },
        [&](PairsSelected const& e) { outcome.pairs = e.pairs; });
    std::ifstream file(folder / "journal.jsonl");
    outcome.journal.assign(std::istreambuf_iterator<char>(file), {});
  }
  outcome.weights = weights_of(policy);
  std::filesystem::remove_all(folder);
  return outcome;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("one turn over the built-in model begins at log 2, learns, and is the same bytes twice", "",
                        ModelBackends) {
  Outcome const once = one_turn<TestType>(), twice = one_turn<TestType>();
  CHECK(once.pairs > 0);
  REQUIRE(once.losses.size() >= 2);
  CHECK(once.losses.front() == Catch::Approx(std::log(2.0)).epsilon(tolerance::zero_margin));
  CHECK(once.losses.back() < once.losses.front());
  CHECK(once.weights == twice.weights);
  CHECK(once.losses == twice.losses);
  CHECK(!once.journal.empty());
  CHECK(once.journal == twice.journal);
}

#if defined(SRLM_TEST_XTENSOR)
TEST_CASE("one turn over either backend samples the same, pairs the same and ends in the same model within rounding") {
  Outcome const a = one_turn<OverEigen>(), b = one_turn<OverXtensor>();
  CHECK(a.pairs == b.pairs);
  REQUIRE(a.losses.size() == b.losses.size());
  for (std::size_t i = 0; i < a.losses.size(); ++i) {
    CHECK(std::abs(a.losses[i] - b.losses[i]) < tolerance::training_loss);
  }
  for (std::size_t m = 0; m < a.weights.size(); ++m) {
    double worst = 0;
    for (std::size_t i = 0; i < a.weights[m].size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(a.weights[m][i]) - static_cast<double>(b.weights[m][i])));
    }
    CHECK(worst < tolerance::same_weights);
  }
}
#endif
