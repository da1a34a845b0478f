/// The built-in model's work on SmolLM2-135M's shape: random weights, or those of the model that SRLM_MODEL names.
#include <srlm/backend/eigen.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <srlm/optim/adamw.hpp>
#include <benchmark/benchmark.h>
#include <cstdlib>

namespace {

using namespace srlm;
using Model = LanguageModel<EigenBackend>;

EigenBackend& backend() {
  static EigenBackend backend;
  return backend;
}

Model make_model() {
  if (char const* path = std::getenv("SRLM_MODEL"); path != nullptr && *path != '\0') {
    return load_model(backend(), path);
  }
  io::ModelConfig c;
  c.vocabulary = 49152;
  c.hidden = 576;
  c.layers = 30;
  c.heads = 9;
  c.kv_heads = 3;
  c.head_dim = 64;
  c.intermediate = 1536;
  c.context = 2048;
  c.tied_embeddings = true;
  text::Vocabulary vocabulary;
  vocabulary.tokens = {"a"};
  vocabulary.roles = {text::TokenRole::normal};
  Model model(backend(), c, text::Tokenizer(vocabulary));
  initialise(model, Seed{1});
  return model;
}

Model& model() {
  static Model model = make_model();
  return model;
}

/// Random tokens that end no answer.
Tokens tokens(std::uint64_t seed, std::size_t n) {
  Tokens out;
  for (std::size_t i = 0; i < n; ++i) {
    out.push_back(static_cast<Token>(1000 + Seed{seed}.below(40000, i)));
  }
  return out;
}

void count(benchmark::State& state, std::size_t tokens) {
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsIterationInvariantRate);
}

std::vector<SequenceView> whole(std::vector<Tokens> const& texts) {
  std::vector<SequenceView> views;
  for (Tokens const& text : texts) {
    views.push_back({std::span(text).first(1), std::span(text).subspan(1)});
  }
  return views;
}

void log_probabilities(benchmark::State& state) {
  std::vector<Tokens> texts;
  for (std::uint64_t i = 0; i < 8; ++i) {
    texts.push_back(tokens(i, 512));
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(model().log_probs(whole(texts)));
  }
  count(state, 8 * 512);
}
BENCHMARK(log_probabilities)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

void generation(benchmark::State& state) {
  auto const batch = static_cast<std::size_t>(state.range(0));
  std::vector<Tokens> prompts;
  for (std::uint64_t i = 0; i < batch; ++i) {
    prompts.push_back(tokens(i, 128));
  }
  std::size_t written = 0;
  for (auto _ : state) {
    std::vector<GenerationRequest> requests;
    for (std::size_t i = 0; i < batch; ++i) {
      requests.push_back({prompts[i], Seed{i}});
    }
    for (Tokens const& y : model().generate(requests, {0.7f, 0.9f, 128})) {
      written += y.size();
    }
  }
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(written), benchmark::Counter::kIsRate);
}
BENCHMARK(generation)->Arg(1)->Arg(8)->Arg(32)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);

void supervised_step(benchmark::State& state) {
  std::vector<Tokens> texts;
  for (std::uint64_t i = 0; i < 4; ++i) {
    texts.push_back(tokens(i, 512));
  }
  AdamW adamw(backend());
  adamw.begin(1000);
  for (auto _ : state) {
    model().backward(model().forward(whole(texts)), std::vector<float>(4, -1.0f / 2044));
    adamw.step(model());
  }
  count(state, 4 * 512);
}
BENCHMARK(supervised_step)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

void preference_pair(benchmark::State& state) {
  Tokens const prompt = tokens(1, 256), chosen = tokens(2, 256), rejected = tokens(3, 256);
  SequenceView const pair[] = {{prompt, chosen}, {prompt, rejected}};
  AdamW adamw(backend());
  adamw.begin(1000);
  for (auto _ : state) {
    benchmark::DoNotOptimize(model().log_probs(pair)); // the reference
    model().backward(model().forward(pair), std::vector<float>{-0.05f, 0.05f});
    adamw.step(model());
  }
}
BENCHMARK(preference_pair)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

} // namespace

BENCHMARK_MAIN();
