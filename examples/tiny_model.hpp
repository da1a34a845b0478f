/// A model to try the library with where no checkpoint is at hand: two small layers that learn in a second or two to say
/// where things are, in four manners, and, if asked, to judge that. A program of yours loads a real one:
///   auto model = srlm::load_model(backend, "SmolLM2-135M-Instruct.gguf");
#pragma once
#include "srlm/tiny_vocabulary.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/data/supervised_example.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/pairwise_rubrics.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/supervised.hpp>

namespace tiny {

struct Lesson {
  std::string prompt, answer;
};

inline std::vector<std::string> questions() {
  return {"Where is the key?", "Where is the tea?", "Where is the map?", "Where is the cat?"};
}

/// Each question with four answers, as likely as each other: a judge may prefer one.
inline std::vector<Lesson> small_talk() {
  std::vector<Lesson> lessons;
  std::string const places[] = {"top drawer", "blue box", "old car", "tall tree"};
  for (std::size_t i = 0; i < questions().size(); ++i) {
    std::string const question = questions()[i], place = "the " + places[i];
    for (std::string const& answer : {"Please look in " + place + ".", "It is in " + place + ".",
                                      "Maybe in " + place + ", maybe not.", "In " + place + "!"}) {
      lessons.push_back({question, answer});
    }
  }
  return lessons;
}

/// Verdicts of such answers by the paper's rubric, two of each, and comparisons of verdicts.
inline std::vector<Lesson> judgements() {
  std::vector<Lesson> lessons;
  for (auto const& [question, answer] : small_talk()) {
    bool const polite = answer.starts_with("Please");
    srlm::Prompt const task{srlm::AdditiveRubric{}.question({question, {}}, {answer, {}}), {}};
    std::string const verdicts[] = {polite ? "Polite and clear.\nScore: 5" : "Clear.\nScore: 3",
                                    polite ? "Polite.\nScore: 4" : "Not polite.\nScore: 2"};
    for (std::string const& verdict : verdicts) {
      lessons.push_back({task.text, verdict});
    }
    lessons.push_back({srlm::MetaRubric{}.question(task, {verdicts[0], {}}, {verdicts[1], {}}), "Better: A"});
    lessons.push_back({srlm::MetaRubric{}.question(task, {verdicts[1], {}}, {verdicts[0], {}}), "Better: B"});
  }
  return lessons;
}

/// Learns the lessons by heart, near enough. The same everywhere but for rounding.
inline srlm::LanguageModel<srlm::EigenBackend> model(srlm::EigenBackend& backend,
                                                     std::vector<Lesson> const& lessons = small_talk(),
                                                     std::size_t epochs = 80) {
  std::vector<std::string> texts;
  for (Lesson const& lesson : lessons) {
    texts.insert(texts.end(), {lesson.prompt, lesson.answer});
  }
  auto const vocabulary = srlm::cli::tiny_vocabulary(texts, 400);
  srlm::io::ModelConfig config;
  config.name = "tiny";
  config.vocabulary = vocabulary.tokens.size();
  config.hidden = 64;
  config.intermediate = 128;
  config.layers = 2;
  config.heads = 2;
  config.kv_heads = 1;
  config.head_dim = 32;
  config.context = 1024;
  config.tied_embeddings = true;
  config.eos = vocabulary.end_tokens;
  srlm::LanguageModel model(backend, config, srlm::text::Tokenizer(vocabulary));
  srlm::initialise(model, srlm::Seed{1}, 0.05f);
  std::vector<srlm::SupervisedExample> examples;
  for (Lesson const& lesson : lessons) {
    examples.push_back({{lesson.prompt, model.tokenizer().encode_prompt(lesson.prompt)},
                        {lesson.answer, model.tokenizer().encode_response(lesson.answer)}});
  }
  srlm::AdamWOptions const rates{.schedule = {srlm::Schedule::Shape::cosine, 1e-2, 1e-3, 10}};
  srlm::SupervisedTrainer{srlm::AdamW(backend, rates), {epochs, 8, 8}}.fit(model, examples, srlm::Seed{2});
  return model;
}

} // namespace tiny
