/// Plain gradient descent on host memory, for models whose parameters are spans of float: the smallest Stepper.
#pragma once
#include <srlm/concepts/stepper.hpp>
#include <cmath> // sqrt
#include <filesystem>

namespace srlm {

struct Sgd {
  float rate = 0.1f;

  void begin(std::size_t) {}
  template <class M>
  StepReport step(M& model) {
    double squares = 0;
    for (auto&& p : model.parameters()) {
      static_assert(
          requires(std::size_t i) { p.value[i] -= rate * p.gradient[i]; },
          "srlm: Sgd needs parameters in host memory: p.value[i] and p.gradient[i] are floats; what lies in a "
          "backend's memory is stepped by AdamW<Backend>");
      for (std::size_t i = 0; i < p.value.size(); ++i) {
        squares += static_cast<double>(p.gradient[i]) * static_cast<double>(p.gradient[i]);
        p.value[i] -= rate * p.gradient[i];
        p.gradient[i] = 0;
      }
    }
    return {static_cast<double>(rate), std::sqrt(squares)};
  }

  /// Nothing to remember between steps.
  void save_checkpoint(std::filesystem::path const&) const {}
  void load_checkpoint(std::filesystem::path const&) {}
};

} // namespace srlm
