/// The built-in model's work, by the tensor policy and with the weights that built_in_model.hpp says.
#include "growth.hpp"
#include <cstdio>
#include <fstream>

namespace bench {
namespace {

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
#if defined(SRLM_COMMAND_CUDA)
  model().limits.answers = batch;
  model().limits.cache_bytes = std::size_t{48} << 30; // what does not fit is written later
#endif
  repeat(state, [&] { benchmark::DoNotOptimize(model().generate(requests, {0.7f, 0.9f, 128})); });
  count(state, batch * 128);
}
void generation(benchmark::State& state) { generate(state, false); }
#if defined(SRLM_COMMAND_CUDA)
BENCHMARK(generation)->RangeMultiplier(4)->Range(1, 1024)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);
#else
void shared_generation(benchmark::State& state) { generate(state, true); }
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
void one_turn(benchmark::State& state) { time_turn(state, {}); }
BENCHMARK(one_turn)->Unit(benchmark::kSecond)->UseRealTime()->Iterations(1);

} // namespace
} // namespace bench

int main(int count, char** arguments) {
  try {
    bench::backend();
    if (bench::shape_name() == "5M") {
      bench::add_growths();
    }
  } catch (srlm::Error const& error) { // no GPU
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
