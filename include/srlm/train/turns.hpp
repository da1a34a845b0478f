/// The turns of a run: t = 1, 2, ..., each announced, done and closed, until the last one or a stop.
#pragma once
#include <srlm/concepts/turn.hpp>
#include <concepts>

namespace srlm {

/// one_turn(turn) is the whole of turn t. goes_on_inside_training: a killed run finds its policy again; else it says at
/// the start what it would repeat.
template <bool goes_on_inside_training, Journal Memory, class OneTurn, Observer... Os>
Control run_turns(int turns, Memory& journal, OneTurn&& one_turn, Os&... observers) {
  if constexpr (!goes_on_inside_training && !std::same_as<Memory, NoJournal>) {
    notify(
        RestartRepeats{"the training steps of all turns so far (policy, stepper or optimizer has no save_checkpoint, "
                       "load_checkpoint)"},
        observers...);
  }
  for (int t = 1; t <= turns; ++t) {
    Turn const turn(t, journal, observers...);
    turn.notify(IterationBegan{t});
    if (one_turn(turn) == Control::stop) {
      return Control::stop;
    }
    if (turn.notify(IterationEnded{t, !turn.is_past(Stage::preference)}) == Control::stop) {
      return Control::stop;
    }
  }
  return Control::proceed;
}

} // namespace srlm
