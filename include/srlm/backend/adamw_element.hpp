/// AdamW (Loshchilov and Hutter 2019, algorithm 2): the one formula of the host's step and of the device's.
#pragma once
#include <srlm/concepts/tensor_backend.hpp> // AdamWStep
#include <srlm/core/host_device.hpp>
#include <cmath> // pow, sqrt

namespace srlm {

/// A step with what is the same for all numbers computed once.
struct AdamWFactors {
  float beta1, beta2, epsilon, scale;
  float keep;    ///< 1 - rate * weight_decay
  float forward; ///< rate / (1 - beta1^step)
  float root;    ///< sqrt(1 - beta2^step)
};

inline AdamWFactors adamw_factors(AdamWStep const& step) {
  auto const correction = [&](float beta) {
    return static_cast<float>(1.0 - std::pow(static_cast<double>(beta), static_cast<double>(step.step)));
  };
  return {step.beta1,
          step.beta2,
          step.epsilon,
          step.scale,
          1.0f - step.rate * step.weight_decay,
          step.rate / correction(step.beta1),
          std::sqrt(correction(step.beta2))};
}

/// Decoupled weight decay first, then the step along the corrected moments, as torch.optim.AdamW does. T: a number, or
/// an array of them.
template <class T>
SRLM_HOST_DEVICE inline void adamw_element(AdamWFactors const& f, T& value, T const& gradient, T& first, T& second) {
  using std::sqrt;
  T const g = gradient * f.scale;
  first = f.beta1 * first + (1.0f - f.beta1) * g;
  second = f.beta2 * second + (1.0f - f.beta2) * g * g;
  value = f.keep * value - f.forward * first / (sqrt(second) / f.root + f.epsilon);
}

} // namespace srlm
