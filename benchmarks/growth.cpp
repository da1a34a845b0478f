/// How the time of one turn of the loop grows: with the number of prompts, of answers to each, of verdicts on each
/// answer, and with the length of answers. SRLM_SHAPE=5M is the shape to take: its turns last seconds. growth.py fits
/// lines.
#include "turn.hpp"
#include <cstdio>

namespace bench {
namespace {

TurnSize small() {
  TurnSize size;
  size.prompts = 16;
  size.prompt = 24;
  size.answer = 32;
  size.rubric = 64;
  size.behind = 8;
  size.verdict = 16;
  return size;
}

/// One number of the size is the benchmark's argument.
template <std::size_t TurnSize::*which>
void growth(benchmark::State& state) {
  TurnSize size = small();
  size.*which = static_cast<std::size_t>(state.range(0));
  time_turn(state, size);
}
BENCHMARK(growth<&TurnSize::prompts>)->Name("prompts")->RangeMultiplier(2)->Range(8, 512)->UseRealTime()->Iterations(1);
BENCHMARK(growth<&TurnSize::candidates>)
    ->Name("candidates")
    ->RangeMultiplier(2)
    ->Range(1, 32)
    ->UseRealTime()
    ->Iterations(1);
BENCHMARK(growth<&TurnSize::votes>)->Name("votes")->RangeMultiplier(2)->Range(1, 32)->UseRealTime()->Iterations(1);
BENCHMARK(growth<&TurnSize::answer>)
    ->Name("answer length")
    ->RangeMultiplier(2)
    ->Range(16, 512)
    ->UseRealTime()
    ->Iterations(1);

} // namespace
} // namespace bench

int main(int count, char** arguments) {
  try {
    srlm::AdamW adamw(bench::backend());
    adamw.begin(1000);
    bench::take_turn(adamw, bench::small()); // memory is claimed, weights are packed
  } catch (srlm::Error const& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  benchmark::Initialize(&count, arguments);
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
