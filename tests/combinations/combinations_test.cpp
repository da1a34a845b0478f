/// One turn of the loop on a tiny model over the parts of the catalogue in combination: every pair of choices occurs
/// together at least once, and every turn is done twice, to the same bytes.
#include "../../examples/srlm/run_optimizer.hpp"
#include "../../examples/srlm/tiny_vocabulary.hpp"
#include "support/catch.hpp"
#include "support/model_backends.hpp"
#include "support/weights.hpp"
#include <srlm/data/fixed_prompts.hpp>
#include <srlm/data/ift.hpp>
#include <srlm/data/prompt_factory.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/lora.hpp>
#include <srlm/self_rewarding.hpp>
#include <srlm/train/supervised.hpp>
#include <unistd.h>
#ifdef SRLM_COMMAND_REMOTE
#include "judge/local_server.hpp"
#endif

using namespace srlm;
using cli::Model;

namespace {

/// How many choices each factor has. A case is one choice of each.
struct Factors {
  std::vector<std::size_t> sizes;

  /// Cases that cover every pair of choices of every two factors: each case begins with a pair that is still missing
  /// and takes for the rest what covers most.
  std::vector<std::vector<std::size_t>> covering_cases() const {
    std::vector<std::vector<std::vector<char>>> covered(sizes.size() * sizes.size());
    auto const seen = [&](std::size_t f, std::size_t v, std::size_t g, std::size_t w) -> char& {
      return f < g ? covered[f * sizes.size() + g][v][w] : covered[g * sizes.size() + f][w][v];
    };
    for (std::size_t f = 0; f < sizes.size(); ++f) {
      for (std::size_t g = f + 1; g < sizes.size(); ++g) {
        covered[f * sizes.size() + g].assign(sizes[f], std::vector<char>(sizes[g], 0));
      }
    }
    std::vector<std::vector<std::size_t>> cases;
    for (std::size_t f = 0; f < sizes.size(); ++f) {
      for (std::size_t g = f + 1; g < sizes.size(); ++g) {
        for (std::size_t v = 0; v < sizes[f]; ++v) {
          for (std::size_t w = 0; w < sizes[g]; ++w) {
            if (!seen(f, v, g, w)) {
              cases.push_back(filled(f, v, g, w, seen, cases.size()));
            }
          }
        }
      }
    }
    return cases;
  }

 private:
  template <class Seen>
  std::vector<std::size_t> filled(std::size_t f, std::size_t v, std::size_t g, std::size_t w, Seen const& seen,
                                  std::size_t number) const {
    std::size_t const open = sizes.size() * 1000;
    std::vector<std::size_t> one(sizes.size(), open);
    one[f] = v;
    one[g] = w;
    for (std::size_t h = 0; h < sizes.size(); ++h) {
      if (one[h] != open) {
        continue;
      }
      std::size_t most = 0, choice = number % sizes[h];
      for (std::size_t shift = 0; shift < sizes[h]; ++shift) {
        std::size_t const u = (number + shift) % sizes[h];
        std::size_t gain = 0;
        for (std::size_t k = 0; k < sizes.size(); ++k) {
          gain += k != h && one[k] != open && !seen(h, u, k, one[k]) ? 1 : 0;
        }
        if (gain > most) {
          most = gain;
          choice = u;
        }
      }
      one[h] = choice;
    }
    for (std::size_t a = 0; a < sizes.size(); ++a) {
      for (std::size_t b = a + 1; b < sizes.size(); ++b) {
        seen(a, one[a], b, one[b]) = 1;
      }
    }
    return one;
  }
};

/// Below `bound`, the same for the same text.
std::size_t number_of(std::string_view text, std::size_t bound) {
  std::uint64_t sum = text.size();
  for (char c : text) {
    sum = sum * 31 + static_cast<unsigned char>(c);
  }
  return Seed{sum}.below(bound, 0);
}

/// Every text is a verdict: a random model writes no score lines.
struct AnyTextRubric {
  static constexpr ScoreScale scale = {0, 5};
  static constexpr std::string_view score_line = "\nScore: ";

  std::string question(Prompt const& x, Response const& y) const { return x.text + "?" + y.text; }
  Verdict parse(std::string_view verdict) const {
    return {static_cast<float>(number_of(verdict, 6)), VerdictCause::none, std::string(verdict)};
  }
};

/// The same for comparisons.
struct AnyComparisonRubric {
  std::string question(Prompt const& x, Response const& first, Response const& second) const {
    return x.text + "?" + first.text + "!" + second.text;
  }
  Comparison parse(std::string_view text) const {
    Better const choices[] = {Better::first, Better::second, Better::tie};
    return {choices[number_of(text, 3)], VerdictCause::none, std::string(text)};
  }
};

char const* const texts[][2] = {{"red", "a b"},   {"blue", "c"},  {"green", "d e f"}, {"grey", "b"}, {"pink", "a"},
                                {"black", "f d"}, {"white", "e"}, {"brown", "c a b"}, {"gold", "d"}};

struct World {
  AnyBackend backend = OverEigen::make(1);
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("srlm_combinations_" + std::to_string(::getpid()));
  std::vector<SeedExample> seeds;
  std::optional<Model> start;
  std::vector<SupervisedExample> rows;
  PromptFactoryOptions factory;
#ifdef SRLM_COMMAND_REMOTE
  LocalServer<> server{[](std::size_t, httplib::Request const& request, httplib::Response& response) {
    io::Json const body = io::Json::parse(request.body); // what it answers depends on the request alone
    answer(response, "verdict " + std::to_string(number_of(body.at("messages").dump(), 97)));
  }};
#endif

  World() {
    std::filesystem::create_directories(folder);
    std::vector<std::string> words;
    for (auto const& [prompt, answer] : texts) {
      seeds.push_back({std::string("Name the colour ") + prompt + " now", {{answer, 0}}, false, ""});
      words.insert(words.end(), {seeds.back().prompt, answer});
    }
    text::Vocabulary const vocabulary = cli::tiny_vocabulary(words, 320);
    io::ModelConfig config;
    config.architecture = "llama";
    config.vocabulary = vocabulary.tokens.size();
    config.hidden = 16;
    config.intermediate = 32;
    config.layers = 1;
    config.heads = 2;
    config.kv_heads = 1;
    config.head_dim = 8;
    config.context = 512;
    config.tied_embeddings = true;
    config.eos = vocabulary.end_tokens;
    start.emplace(backend, config, text::Tokenizer(vocabulary));
    initialise(*start, Seed{1}, 0.3f);
    rows = instruction_tuning_examples(start->tokenizer(), std::span<SeedExample const>(seeds));
    factory.sampling = {1.0f, 1.0f, 24};
    factory.filter.largest_rouge_l = 1;
    learn_to_answer_and_to_ask();
    start->save_checkpoint(folder / "start.safetensors");
  }
  ~World() { std::filesystem::remove_all(folder); }

  std::shared_ptr<Model> fresh() {
    auto model = std::make_shared<Model>(backend, start->config(), start->tokenizer());
    model->load_checkpoint(folder / "start.safetensors");
    return model;
  }

 private:
  /// Short answers that end, and lists of tasks that the prompt factory can read.
  void learn_to_answer_and_to_ask() {
    PromptFactory const asking(std::span<SeedExample const>(seeds), factory);
    std::vector<SupervisedExample> all = rows;
    for (std::size_t i = 0; i < seeds.size(); ++i) {
      std::vector<std::string> examples;
      for (std::size_t k = 0; k < 8; ++k) {
        examples.push_back(seeds[(i + k) % seeds.size()].prompt);
      }
      std::string const request = asking.request(examples);
      std::string const task =
          " Name the colour " + std::string(texts[i][0]) + texts[(i + 4) % std::size(texts)][0] + " now.";
      all.push_back(
          {{request, start->tokenizer().encode_prompt(request)}, {task, start->tokenizer().encode_response(task)}});
    }
    AdamWOptions options;
    options.schedule = {Schedule::Shape::constant, 1e-2, 0, 0};
    SupervisedTrainer trainer{AdamW(backend, options), {.epochs = 40, .batch = 9, .micro_batch = 9}};
    NoJournal journal;
    trainer.fit(*start, all, Seed{2}, Stage::supervised, Turn(0, journal));
  }
};

std::vector<std::string> const losses = cli::names_of(Losses{}), rules = cli::names_of(PairSelectors{});
char const* const judges[] = {
    "llm",
    "expected score",
    "expected score behind reasons",
    "implicit reward",
    "function",
    "frozen",
    "consistency",
    "pairwise",
    "meta",
#ifdef SRLM_COMMAND_REMOTE
    "remote",
#endif
};

cli::AnyJudge judge_of(World& world, std::size_t which, std::shared_ptr<Model> const& other) {
  (void)world; // has the server
  Sampling const sampling{1.0f, 1.0f, 6};
  LlmJudge const llm(AnyTextRubric{}, LlmJudgeOptions{2, sampling, 0});
  static NoReference likelihood;
  switch (which) {
  case 0:
    return cli::AnyJudge(llm);
  case 1:
    return cli::AnyJudge(ExpectedScoreJudge(AnyTextRubric{}));
  case 2:
    return cli::AnyJudge(ExpectedScoreJudge(AnyTextRubric{}, {1, sampling}));
  case 3:
    return cli::AnyJudge(ImplicitRewardJudge<Model>(*other, {0.1, 0.01}), other);
  case 4:
    return cli::AnyJudge(
        FunctionJudge([](Prompt const&, Response const& y) { return Score(static_cast<float>(y.text.size() % 5)); }));
  case 5:
    return cli::AnyJudge(FrozenJudge(llm, *other), other);
  case 6:
    return cli::AnyJudge(ConsistencyJudge(llm, ImplicitRewardJudge<>(likelihood)));
  case 7:
    return cli::AnyJudge(PairwiseJudge(AnyComparisonRubric{}, {1, sampling}));
#ifdef SRLM_COMMAND_REMOTE
  case 9:
    return cli::AnyJudge(RemoteJudge(AnyTextRubric{}, {.server = chat_options(world.server.port()), .votes = 2}));
#endif
  default:
    return cli::AnyJudge(
        MetaJudge(AnyTextRubric{}, {LlmJudgeOptions{3, sampling, 0}, sampling, 0}, AnyComparisonRubric{}));
  }
}

struct Outcome {
  std::vector<std::vector<float>> weights;
  std::size_t pairs = 0;
  double mean_score = 0;
  bool operator==(Outcome const&) const = default;
};

/// What learns, all weights or adapters, and beside which reference.
struct Learning {
  char const* name;
  bool adapters, fixed, base, refreshed;
};
constexpr Learning learnings[] = {
    {"weights, M_t", false, false, false, false},          {"weights, a fixed model", false, true, false, false},
    {"weights, refreshed", false, false, false, true},     {"adapters, M_t", true, false, false, false},
    {"adapters, a fixed model", true, true, false, false}, {"adapters, switched off", true, false, true, false},
    {"adapters, refreshed", true, false, false, true}};

AdamWOptions const steppers[] = {
    {.schedule = {Schedule::Shape::constant, 1e-3, 0, 0}},
    {.schedule = {Schedule::Shape::linear, 1e-3, 1e-4, 1}, .weight_decay = 0.1f, .clip = 0},
    {.schedule = {Schedule::Shape::cosine, 1e-3, 1e-4, 2}, .clip = 0.1}};

/// Loss, judge, rule, source, what learns, replay, held-out choice, micro-batch, averaging, stepper.
Outcome one_turn(World& world, std::vector<std::size_t> const& choice) {
  auto const policy = world.fresh(), other = world.fresh();
  cli::AnyLoss loss;
  cli::with_part(Losses{}, "loss", losses[choice[0]], [&]<class L>(std::type_identity<L>) { loss.add(1, L{}); });
  std::optional<cli::AnySelector> select;
  cli::with_part(PairSelectors{}, "rule", rules[choice[2]],
                 [&]<class S>(std::type_identity<S>) { select.emplace(S{}); });
  cli::AnyJudge judge = judge_of(world, choice[1], other);
  PreferenceOptions options{.epochs = 2, .batch = 4, .micro_batch = choice[7] == 0 ? std::size_t{1} : 4};
  Learning const& learning = learnings[choice[4]];
  if (learning.adapters) {
    add_lora(*policy, {.rank = 2, .alpha = 4}, Seed{5});
  }
  cli::ChosenReference const reference = learning.fixed  ? cli::ChosenReference(other)
                                         : learning.base ? cli::ChosenReference::without_adapters()
                                                         : cli::ChosenReference();
  options.reference_is_start = reference.is_start();
  options.refresh_reference_every = learning.refreshed ? 2 : 0;
  options.average_consistency = choice[8] == 1;
  cli::OptionalReplay replay;
  if (choice[5] == 1) {
    replay.replay.emplace(world.rows, ReplayOptions{0.5, 3, 2});
  }
  cli::OptionalHeldOut<cli::MeanHeldOutScore> held_out;
  if (choice[6] == 1) {
    std::vector<Prompt> const prompts = {world.rows[0].prompt, world.rows[1].prompt};
    held_out.choice.emplace(cli::MeanHeldOutScore{prompts, judge, {0.0f, 1.0f, 6}, Seed{3}},
                            HeldOutOptions{1, 2, world.folder / "best"});
  }
  cli::RunOptimizer optimize({loss, AdamW(world.backend, steppers[choice[9]]), options, replay, held_out},
                             loss.tail_weight(), reference);
  Outcome outcome;
  auto const keep = [&](PairsSelected const& e) {
    outcome.pairs = e.pairs;
    outcome.mean_score = e.mean_score;
  };
  SelfRewardingOptions const loop{1, 6, 4, {1.0f, 1.0f, 8}, Seed{11}};
  if (choice[3] == 0) {
    std::vector<std::string> asked;
    for (SeedExample const& seed : world.seeds) {
      asked.push_back(seed.prompt);
    }
    FixedPrompts prompts(asked);
    self_rewarding(*policy, prompts, judge, *select, optimize, loop, keep);
  } else {
    PromptFactory prompts(std::span<SeedExample const>(world.seeds), world.factory);
    self_rewarding(*policy, prompts, judge, *select, optimize, loop, keep);
  }
  outcome.weights = weights_of(*policy);
  return outcome;
}

} // namespace

TEST_CASE("the cases cover every pair of choices") {
  Factors const factors{{5, 4, 3, 2, 2}};
  auto const cases = factors.covering_cases();
  CHECK(cases.size() < 30); // at least 20 are needed; all combinations are 240
  for (std::size_t f = 0; f < 5; ++f) {
    for (std::size_t g = 0; g < f; ++g) {
      std::set<std::pair<std::size_t, std::size_t>> seen;
      for (auto const& one : cases) {
        seen.emplace(one[f], one[g]);
      }
      CHECK(seen.size() == factors.sizes[f] * factors.sizes[g]);
    }
  }
}

TEST_CASE("a turn over every pair of parts gives the same bytes twice") {
  World world;
  Factors const factors{
      {losses.size(), std::size(judges), rules.size(), 2, std::size(learnings), 2, 2, 2, 2, std::size(steppers)}};
  auto const cases = factors.covering_cases();
  CHECK(cases.size() >= losses.size() * std::size(judges));
  std::vector<std::vector<float>> const untrained = weights_of(*world.start);
  std::size_t trained[2] = {}, all[2] = {}; // by source
  for (auto const& choice : cases) {
    INFO("loss " << losses[choice[0]] << ", judge " << judges[choice[1]] << ", rule " << rules[choice[2]] << ", source "
                 << choice[3] << ", learning " << learnings[choice[4]].name << ", replay " << choice[5] << ", held out "
                 << choice[6] << ", micro-batch " << choice[7] << ", averaged " << choice[8] << ", stepper "
                 << choice[9]);
    Outcome const once = one_turn(world, choice), twice = one_turn(world, choice);
    CHECK(once == twice);
    ++all[choice[3]];
    trained[choice[3]] += once.pairs > 0 && once.weights != untrained ? 1 : 0;
  }
  for (std::size_t source : {0, 1}) { // the rest found no pair, or the starting policy was the best
    INFO("source " << source << ": " << trained[source] << " of " << all[source] << " turns trained");
    CHECK(trained[source] > all[source] * 8 / 10);
  }
}
