/// One turn of the loop with the built-in model over any tensor policy, from sampling to the DPO step.
#pragma once
#include "../../examples/srlm/tiny_vocabulary.hpp"
#include "support/weights.hpp"
#include <srlm/core.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/supervised.hpp>
#include <unistd.h>
#include <fstream>

namespace turn {

using namespace srlm;

/// Every text is a verdict: a random model writes no score lines.
struct AnyTextRubric {
  static constexpr ScoreScale scale = {0, 5};
  static constexpr std::string_view score_line = "\nScore: ";

  std::string question(Prompt const& x, Response const& y) const { return x.text + "?" + y.text; }
  Verdict parse(std::string_view verdict) const {
    return {static_cast<float>(verdict.size() % 6), VerdictCause::none, std::string(verdict)};
  }
};

inline std::vector<std::string> const texts = {"Name the colour red now", "Name the colour blue now", "Say green",
                                               "Go on"};
inline char const* const answers[] = {"a b", "c", "a b c d", "b"};

/// Random weights.
template <class B>
LanguageModel<B> fresh_model(B& backend) {
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
  LanguageModel<B> model(backend, config, text::Tokenizer(vocabulary));
  initialise(model, Seed{1}, 0.3f);
  return model;
}

/// What teaches it short answers that end.
inline std::vector<SupervisedExample> short_answers(text::Tokenizer const& tokenizer) {
  std::vector<SupervisedExample> examples;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    examples.push_back(
        {{texts[i], tokenizer.encode_prompt(texts[i])}, {answers[i], tokenizer.encode_response(answers[i])}});
  }
  return examples;
}

template <class B>
LanguageModel<B> small_model(B& backend) {
  LanguageModel<B> model = fresh_model(backend);
  AdamWOptions options;
  options.schedule = {Schedule::Shape::constant, 1e-2, 0, 0};
  SupervisedTrainer trainer{AdamW(backend, options), {.epochs = 20, .batch = 4, .micro_batch = 4}};
  NoJournal journal;
  trainer.fit(model, short_answers(model.tokenizer()), Seed{2}, Stage::supervised, Turn(0, journal));
  return model;
}

struct Outcome {
  std::vector<std::vector<float>> supervised, weights; ///< of the model that the turn begins with, and after it
  std::string journal;
  std::vector<double> losses;
  std::size_t pairs = 0;
};

template <class B>
Outcome one_turn(B backend) {
  auto const folder = std::filesystem::temp_directory_path() / ("srlm_turn_" + std::to_string(::getpid()));
  std::filesystem::remove_all(folder);
  auto policy = small_model(backend);
  Outcome outcome;
  outcome.supervised = weights_of(policy);
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

/// How far the furthest weights of two models lie apart.
inline double furthest(std::vector<std::vector<float>> const& a, std::vector<std::vector<float>> const& b) {
  double worst = a.size() == b.size() ? 0.0 : HUGE_VAL;
  for (std::size_t m = 0; m < a.size() && worst < HUGE_VAL; ++m) {
    for (std::size_t i = 0; i < a[m].size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(a[m][i]) - static_cast<double>(b[m][i])));
    }
  }
  return worst;
}

Outcome const& turn_by_eigen(); ///< defined in backends_test.cpp, which compiles the model over EigenBackend anyway

} // namespace turn
