/// A choice of the checkpoint on held-out data, or none: one type for both.
#pragma once
#include "command.hpp"
#include <srlm/train/held_out.hpp>
#include <optional>

namespace srlm::cli {

template <class F>
struct OptionalHeldOut {
  static constexpr bool is_held_out = true;
  std::optional<BestOnHeldOut<F>> choice = {};

  template <class Turn>
  void begin(Turn const& turn, Stage stage, std::size_t done, Model& model) {
    if (choice) {
      choice->begin(turn, stage, done, model);
    }
  }
  bool after(StepTaken& step, Model& model) { return choice && choice->after(step, model); }
  void finish(Model& model) {
    if (choice) {
      choice->finish(model);
    }
  }
  void forget() const {
    if (choice) {
      choice->forget();
    }
  }
};

} // namespace srlm::cli
