/// Learning rates over a stage: a linear warm-up, then constant, linear or cosine to a final rate at the last step.
#pragma once
#include <cmath>
#include <cstddef>
#include <numbers>

namespace srlm {

struct Schedule {
  enum class Shape { constant, linear, cosine };

  Shape shape = Shape::constant;
  double rate = 1e-6;      ///< after the warm-up
  double final_rate = 0;   ///< at the last step; constant ignores it
  std::size_t warm_up = 0; ///< steps

  /// The rate of step `step` (from 0) of `steps`.
  double at(std::size_t step, std::size_t steps) const {
    if (step < warm_up) {
      return rate * static_cast<double>(step + 1) / static_cast<double>(warm_up);
    }
    if (shape == Shape::constant || steps <= warm_up + 1) {
      return rate;
    }
    double const done = static_cast<double>(step - warm_up) / static_cast<double>(steps - 1 - warm_up);
    double const left = shape == Shape::linear ? 1 - done : 0.5 * (1 + std::cos(std::numbers::pi * done));
    return final_rate + (rate - final_rate) * left;
  }
};

/// Supervised fine-tuning: 5.5e-6 to 1.1e-6, cosine (section 3.1.3).
inline constexpr Schedule supervised_schedule{Schedule::Shape::cosine, 5.5e-6, 1.1e-6, 0};
/// DPO: 1e-6 to 1e-7 (section 3.1.3; the shape is not stated there, linear in its first version).
inline constexpr Schedule preference_schedule{Schedule::Shape::linear, 1e-6, 1e-7, 0};

} // namespace srlm
