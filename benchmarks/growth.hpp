/// How the time of one turn of the loop grows: with the number of prompts, of answers to each, of verdicts on each
/// answer, and with the length of answers. For the small shape, whose turns last seconds; growth.py fits lines.
#pragma once
#include "turn.hpp"

namespace bench {

inline TurnSize small_turn() {
  TurnSize size;
  size.prompts = 16;
  size.prompt = 24;
  size.answer = 32;
  size.rubric = 64;
  size.behind = 8;
  size.verdict = 16;
  return size;
}

/// One number of the turn is the benchmark's argument, doubled from `first` to `last`.
inline void add_growth(char const* name, std::size_t TurnSize::*which, std::int64_t first, std::int64_t last) {
  auto const work = [which](benchmark::State& state) {
    TurnSize size = small_turn();
    size.*which = static_cast<std::size_t>(state.range(0));
    time_turn(state, size);
  };
  benchmark::RegisterBenchmark(name, work)->RangeMultiplier(2)->Range(first, last)->UseRealTime()->Iterations(1);
}

/// Memory is claimed and weights are packed before the first of them.
inline void add_growths() {
  AdamW adamw(backend());
  adamw.begin(1000);
  take_turn(adamw, small_turn());
  add_growth("prompts", &TurnSize::prompts, 8, 512);
  add_growth("candidates", &TurnSize::candidates, 1, 32);
  add_growth("votes", &TurnSize::votes, 1, 32);
  add_growth("answer length", &TurnSize::answer, 16, 512);
}

} // namespace bench
