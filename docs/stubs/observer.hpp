#pragma once
#include <srlm/concepts/explain.hpp>
#include <cstdio>

struct MyObserver { // a lambda over one event is an observer too
  /// Hears of every training step.
  void operator()(srlm::StepTaken const& e) const { std::printf("step %zu: loss %.4f\n", e.step, e.loss); }

  /// May end the run after the current unit of work.
  srlm::Control operator()(srlm::PairsSelected const& e) const {
    return e.mean_score > 4.5 ? srlm::Control::stop : srlm::Control::proceed;
  }
};
static_assert(srlm::explain_observer<MyObserver>());
