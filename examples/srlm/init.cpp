/// init: a tiny model from nothing, so that everything can be tried where no checkpoint is at hand. It reads the seed
/// file's instructions and answers, and judgements made from the ranks that people gave, until it can write both.
#include "command.hpp"
#include "data_input.hpp"
#include "option_values.hpp"
#include "tiny_vocabulary.hpp"
#include <srlm/data/supervised_example.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/save.hpp>
#include <srlm/observe/progress.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/supervised.hpp>

namespace srlm::cli {

namespace {

struct InitOptions : Common {
  DataChoice data;
  std::string seeds, out;
  std::size_t epochs = 12, batch = 16, vocabulary = 1024, hidden = 128, layers = 4;
  double rate = 3e-3;
};

io::ModelConfig tiny_config(std::size_t vocabulary, InitOptions const& o) {
  io::ModelConfig c;
  c.name = "tiny";
  c.vocabulary = vocabulary;
  c.hidden = o.hidden;
  c.layers = o.layers;
  c.head_dim = 32;
  c.heads = o.hidden / c.head_dim;
  c.kv_heads = std::max<std::size_t>(1, c.heads / 2);
  c.intermediate = 3 * o.hidden;
  c.context = 1024;
  c.tied_embeddings = true;
  return c;
}

/// Every answer of the train split, the best ones twice, and a judgement of each: more points for a better rank.
std::vector<SupervisedExample> lessons(text::Tokenizer const& tokenizer, std::vector<SeedExample> const& seeds) {
  std::vector<SupervisedExample> examples;
  auto const add = [&](std::string const& prompt, std::string const& response) {
    examples.push_back({{prompt, tokenizer.encode_prompt(prompt)}, {response, tokenizer.encode_response(response)}});
  };
  char const* const reasons[] = {"It is on topic, complete, clear and useful.",
                                 "It is on topic but leaves something out.", "It is hardly about the question.",
                                 "It does not help."};
  int const points[] = {5, 3, 1, 0};
  for (SeedExample const& seed : seeds) {
    if (seed.held_out) {
      continue;
    }
    for (RankedAnswer const& answer : seed.answers) {
      auto const grade = static_cast<std::size_t>(std::min(answer.rank, 3));
      for (int copies = answer.rank == 0 ? 2 : 1; copies > 0; --copies) {
        add(seed.prompt, answer.text);
      }
      Prompt const x{seed.prompt, {}};
      Response const y{answer.text, {}};
      add(AdditiveRubric{}.question(x, y), std::string(reasons[grade]) + "\nScore: " + std::to_string(points[grade]));
    }
  }
  return examples;
}

void initialise_and_train(InitOptions const& o) {
  auto const seeds = seeds_of(o.seeds, o.data);
  std::vector<std::string> texts;
  for (SeedExample const& seed : seeds) {
    texts.push_back(seed.prompt);
    for (RankedAnswer const& answer : seed.answers) {
      texts.push_back(answer.text);
    }
  }
  texts.push_back(AdditiveRubric{}.question({"", {}}, {"", {}}));
  text::Vocabulary const vocabulary = tiny_vocabulary(texts, o.vocabulary);
  text::Tokenizer const tokenizer(vocabulary);
  io::ModelConfig config = tiny_config(vocabulary.tokens.size(), o);
  config.eos = vocabulary.end_tokens;
  AnyBackend backend = make_backend(o);
  Model model(backend, config, tokenizer);
  initialise(model, Seed{o.seed}.fork(0), 0.05f);

  std::vector<SupervisedExample> examples = lessons(tokenizer, seeds);
  std::erase_if(examples, [&](SupervisedExample const& e) {
    return e.prompt.tokens.size() + e.response.tokens.size() > config.context;
  });
  AdamWOptions adamw;
  adamw.schedule = {Schedule::Shape::cosine, o.rate, o.rate / 20, 20};
  SupervisedTrainer trainer{AdamW(backend, adamw), {o.epochs, o.batch, o.batch}};
  Progress progress(o.progress);
  NoJournal journal;
  trainer.fit(model, examples, Seed{o.seed}.fork(1), Stage::supervised, Turn(0, journal, progress));
  save_model(model, o.out);
}

} // namespace

Action add_init(CLI::App& app) {
  auto const o = std::make_shared<InitOptions>();
  o->add_without_model(app);
  app.add_option("--seeds", o->seeds, "seed file (examples/data/README.md), or another format")->required();
  o->data.add(app);
  app.add_option("--out", o->out, "X.gguf for a GGUF file, else a Hugging Face folder")->required();
  app.add_option("--epochs", o->epochs)->check(CLI::Range(1, 100000))->capture_default_str();
  app.add_option("--batch", o->batch)->check(CLI::Range(1, 4096))->capture_default_str();
  app.add_option("--rate", o->rate, "learning rate")->check(CLI::Range(0.0, 1.0))->capture_default_str();
  app.add_option("--vocabulary", o->vocabulary, "tokens, about")->check(CLI::Range(300, 65536))->capture_default_str();
  app.add_option("--hidden", o->hidden, "a multiple of 32")->check(CLI::Range(32, 4096))->capture_default_str();
  app.add_option("--layers", o->layers)->check(CLI::Range(1, 64))->capture_default_str();
  return [o, &app] {
    initialise_and_train(*o);
    write_options_beside(app, o->out);
    return 0;
  };
}

} // namespace srlm::cli
