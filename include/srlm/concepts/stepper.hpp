/// Stepper: the optimizer's step. It belongs to the trainer, not to the model.
#pragma once
#include <concepts>
#include <cstddef>

namespace srlm {

/// What a step did, for the metrics.
struct StepReport {
  double rate = 0, gradient_norm = 0;
};

/// begin(n): a stage of n steps starts, state is cleared. step(model): updates the parameters from the accumulated
/// gradient, then clears the gradient.
template <class S, class M>
concept Stepper = requires(S& s, M& model, std::size_t steps) {
  s.begin(steps);
  { s.step(model) } -> std::same_as<StepReport>;
};

} // namespace srlm
