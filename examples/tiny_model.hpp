/// A model to try the library with where no checkpoint is at hand: two small layers that learn in a second or two to
/// say where things are, in four manners, and, if asked, to judge that. A program of yours loads a real one:
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

/// Verdicts of such answers by the paper's rubric, two of each, and which of the two is better.
inline std::vector<Lesson> judgements() {
  std::vector<Lesson> lessons;
  for (auto const& [question, answer] : small_talk()) {
    bool const helps = answer.find("look") != std::string::npos;
    srlm::Prompt const task{srlm::AdditiveRubric{}.question({question, {}}, {answer, {}}), {}};
    srlm::Response const good{helps ? "It helps.\nScore: 5" : "It is short.\nScore: 3", {}};
    srlm::Response const bad{helps ? "It is long.\nScore: 2" : "Who knows?\nScore: 4", {}};
    bool const good_first = lessons.size() % 2 == 0;
    lessons.push_back({task.text, good.text});
    lessons.push_back({task.text, bad.text});
    lessons.push_back({srlm::MetaRubric{}.question(task, good_first ? good : bad, good_first ? bad : good),
                       good_first ? "Better: A" : "Better: B"});
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

/// One that can judge as well, and is slower to make.
inline srlm::LanguageModel<srlm::EigenBackend> judging_model(srlm::EigenBackend& backend) {
  std::vector<Lesson> lessons = judgements();
  for (int copies = 0; copies < 4; ++copies) { // answers are harder to learn: each is another
    for (Lesson const& lesson : small_talk()) {
      lessons.push_back(lesson);
    }
  }
  return model(backend, lessons, 5);
}

} // namespace tiny
