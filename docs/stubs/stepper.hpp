#pragma once
#include "policy.hpp"
#include <cmath>

class MyStepper {
 public:
  /// A stage of so many steps begins: what was kept of the one before is forgotten.
  void begin(std::size_t steps) { left_ = steps; }

  /// Updates the parameters against the gradient, clears the gradient, and reports the rate and the gradient's norm.
  template <class M>
  srlm::StepReport step(M& model) {
    double const rate = 0.01 * static_cast<double>(left_--); // yours
    double squares = 0;
    for (auto&& block : model.parameters()) {
      for (std::size_t i = 0; i < block.value.size(); ++i) {
        squares += static_cast<double>(block.gradient[i]) * static_cast<double>(block.gradient[i]);
        block.value[i] -= static_cast<float>(rate) * block.gradient[i];
        block.gradient[i] = 0;
      }
    }
    return {rate, std::sqrt(squares)};
  }

 private:
  std::size_t left_ = 0;
};
static_assert(srlm::explain_stepper<MyStepper, MyPolicy>());
