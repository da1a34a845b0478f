/// The built-in model's work on SmolLM2-135M's shape: random weights, or those of the model that SRLM_MODEL names. Over
/// EigenBackend, or the tensor policy that SRLM_BACKEND names (onednn, cuda: the names of --backend); SRLM_SHAPE=1.7B
/// takes SmolLM2-1.7B's shape instead.
#include "../examples/srlm/backends.hpp"
#include <srlm/core/error.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <srlm/optim/adamw.hpp>
#include <benchmark/benchmark.h>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string_view>

namespace {

using namespace srlm;
using Model = LanguageModel<AnyBackend>;

AnyBackend& backend() {
  static AnyBackend policy = [] {
    char const* const given = std::getenv("SRLM_BACKEND");
    return cli::make_backend(given != nullptr && *given != '\0' ? given : "eigen", 0);
  }();
  return policy;
}

/// A tokenizer with nothing that ends an answer, so that every answer is as long as the limit.
text::Tokenizer endless() {
  text::Vocabulary vocabulary;
  vocabulary.tokens = {"a"};
  vocabulary.roles = {text::TokenRole::normal};
  return text::Tokenizer(vocabulary);
}

Model make_model() {
  if (char const* path = std::getenv("SRLM_MODEL"); path != nullptr && *path != '\0') {
    Model const loaded = load_model(backend(), path);
    Model model(backend(), loaded.config(), endless());
    for (model::NamedTensor const& tensor : loaded.tensors()) {
      model.set_tensor(tensor, loaded.tensor(tensor));
    }
    return model;
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
  if (char const* shape = std::getenv("SRLM_SHAPE"); shape != nullptr && std::string_view(shape) == "1.7B") {
    c.hidden = 2048;
    c.layers = 24;
    c.heads = 32;
    c.kv_heads = 32;
    c.intermediate = 8192;
  }
  Model model(backend(), c, endless());
  initialise(model, Seed{1});
  return model;
}

Model& model() {
  static Model model = make_model();
  return model;
}

/// Random tokens.
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

/// What does not fit into a device's memory is that benchmark's error, and the next one goes on.
template <class Work>
void guarded(benchmark::State& state, Work&& work) {
  try {
    work();
  } catch (Error const& error) {
    state.SkipWithError(error.what());
  }
}

/// The first time is not measured: memory is claimed then.
template <class Work>
void repeat(benchmark::State& state, Work&& work) {
  guarded(state, [&] {
    work();
    backend().synchronize();
    for (auto _ : state) {
      work();
      backend().synchronize();
    }
  });
}

void log_probabilities(benchmark::State& state) {
  std::vector<Tokens> texts;
  for (std::uint64_t i = 0; i < 8; ++i) {
    texts.push_back(tokens(i, 512));
  }
  repeat(state, [&] { benchmark::DoNotOptimize(model().log_probs(whole(texts))); });
  count(state, 8 * 512);
}
BENCHMARK(log_probabilities)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

/// A prompt of 512 tokens, read until its answer could begin: the head on the last token only.
void prefill(benchmark::State& state) {
  Tokens const prompt = tokens(1, 512);
  GenerationRequest const request{prompt, Seed{1}};
  repeat(state, [&] { benchmark::DoNotOptimize(model().generate({&request, 1}, {0.7f, 0.9f, 1})); });
  count(state, 512);
}
BENCHMARK(prefill)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(4);

/// `batch` answers of 128 tokens at once, to as many prompts of 128 tokens, or all to one.
void generate(benchmark::State& state, bool one_prompt) {
  auto const batch = static_cast<std::size_t>(state.range(0));
  std::vector<Tokens> prompts;
  for (std::uint64_t i = 0; i < batch; ++i) {
    prompts.push_back(tokens(i, 128));
  }
  std::vector<GenerationRequest> requests;
  for (std::size_t i = 0; i < batch; ++i) {
    requests.push_back({prompts[one_prompt ? 0 : i], Seed{i}});
  }
  repeat(state, [&] { benchmark::DoNotOptimize(model().generate(requests, {0.7f, 0.9f, 128})); });
  count(state, batch * 128);
}
void generation(benchmark::State& state) { generate(state, false); }
void shared_generation(benchmark::State& state) { generate(state, true); }
#if defined(SRLM_BENCHMARK_CUDA)
BENCHMARK(generation)->RangeMultiplier(4)->Range(1, 1024)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
#else
BENCHMARK(generation)->Arg(1)->Arg(8)->Arg(32)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
BENCHMARK(shared_generation)->Arg(8)->Arg(32)->Arg(64)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
#endif

/// A step on some rows: the loss is the mean over all tokens of their responses.
void supervise(benchmark::State& state, std::vector<SequenceView> const& rows) {
  std::size_t read = 0, learned = 0;
  for (SequenceView const& row : rows) {
    read += row.prompt.size() + row.response.size();
    learned += row.response.size();
  }
  AdamW adamw(backend());
  adamw.begin(1000);
  std::vector<float> const weights(rows.size(), -1.0f / static_cast<float>(learned));
  repeat(state, [&] {
    model().backward(model().forward(rows), weights);
    adamw.step(model());
  });
  count(state, read);
}

void supervised_step(benchmark::State& state) {
  std::vector<Tokens> texts;
  for (std::uint64_t i = 0; i < 4; ++i) {
    texts.push_back(tokens(i, 512));
  }
  supervise(state, whole(texts));
}
BENCHMARK(supervised_step)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

/// Rows as long as those of a chat file: SRLM_ROWS names a file with a line a row, the tokens of its prompt and of its
/// answer.
void chat_rows(benchmark::State& state) {
  char const* const path = std::getenv("SRLM_ROWS");
  std::ifstream file(path != nullptr ? path : "");
  std::vector<Tokens> texts;
  for (std::size_t prompt = 0, answer = 0; file >> prompt >> answer;) {
    texts.push_back(tokens(2 * texts.size(), prompt));
    texts.push_back(tokens(2 * texts.size() + 1, answer));
  }
  if (texts.empty()) {
    return state.SkipWithError("SRLM_ROWS names no file with rows");
  }
  std::vector<SequenceView> rows;
  for (std::size_t i = 0; i < texts.size(); i += 2) {
    rows.push_back({texts[i], texts[i + 1]});
  }
  supervise(state, rows);
}
BENCHMARK(chat_rows)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

/// The reference pass over one pair, then a DPO step on it.
void learn_pair(AdamW<AnyBackend>& adamw, std::span<SequenceView const> pair) {
  DpoLoss const loss{0.1};
  std::vector<float> const reference = model().log_probs(pair);
  auto tape = model().forward(pair);
  PairLogProbs p{};
  p.chosen = tape.log_probs()[0];
  p.rejected = tape.log_probs()[1];
  p.reference_chosen = reference[0];
  p.reference_rejected = reference[1];
  auto const value = loss(p);
  model().backward(std::move(tape),
                   std::vector<float>{static_cast<float>(value.d_chosen), static_cast<float>(value.d_rejected)});
  adamw.step(model());
}

void preference_pair(benchmark::State& state) {
  Tokens const prompt = tokens(1, 256), chosen = tokens(2, 256), rejected = tokens(3, 256);
  SequenceView const pair[] = {{prompt, chosen}, {prompt, rejected}};
  AdamW adamw(backend());
  adamw.begin(1000);
  repeat(state, [&] { learn_pair(adamw, pair); });
}
BENCHMARK(preference_pair)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(2);

/// One turn of the loop, s: 4 prompts of 40 tokens, 4 answers of 128 to each, 3 verdicts of 64 on each answer (a rubric
/// of 324 tokens, the prompt, the answer, 27 tokens behind it), one DPO step on one pair a prompt.
void one_turn(benchmark::State& state) {
  constexpr std::size_t prompts = 4, candidates = 4, votes = 3;
  using Clock = std::chrono::steady_clock;
  double answering = 0, judging = 0, learning = 0;
  auto lap = [last = Clock::now()](double& sum) mutable {
    auto const now = Clock::now();
    sum += std::chrono::duration<double>(now - last).count();
    last = now;
  };
  double between = 0;
  AdamW adamw(backend());
  adamw.begin(1000);
  guarded(state, [&] {
    for (auto _ : state) {
      lap(between);
      std::vector<Tokens> x;
      std::vector<GenerationRequest> requests;
      for (std::uint64_t i = 0; i < prompts; ++i) {
        x.push_back(tokens(i, 40));
      }
      for (std::size_t i = 0; i < prompts * candidates; ++i) {
        requests.push_back({x[i / candidates], Seed{i}});
      }
      std::vector<Tokens> const y = model().generate(requests, {0.7f, 0.9f, 128});
      lap(answering);

      std::vector<Tokens> questions;
      requests.clear();
      for (std::size_t i = 0; i < y.size(); ++i) {
        Tokens& question = questions.emplace_back(tokens(100, 324));
        for (Tokens const& part : {x[i / candidates], y[i], tokens(101, 27)}) {
          question.insert(question.end(), part.begin(), part.end());
        }
      }
      for (std::size_t i = 0; i < y.size() * votes; ++i) {
        requests.push_back({questions[i / votes], Seed{1000 + i}});
      }
      benchmark::DoNotOptimize(model().generate(requests, {0.7f, 0.9f, 64}));
      lap(judging);

      for (std::size_t i = 0; i < prompts; ++i) {
        SequenceView const pair[] = {{x[i], y[candidates * i]}, {x[i], y[candidates * i + 1]}};
        learn_pair(adamw, pair);
      }
      lap(learning);
    }
  });
  state.counters["answering_s"] = benchmark::Counter(answering, benchmark::Counter::kAvgIterations);
  state.counters["judging_s"] = benchmark::Counter(judging, benchmark::Counter::kAvgIterations);
  state.counters["learning_s"] = benchmark::Counter(learning, benchmark::Counter::kAvgIterations);
}
BENCHMARK(one_turn)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);

} // namespace

int main(int count, char** arguments) {
  try {
    backend();
  } catch (srlm::Error const& error) { // no GPU
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
