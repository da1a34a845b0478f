/// Whose log-probabilities are the reference of preference training, as chosen on the command line: one type for all.
#pragma once
#include "command.hpp"
#include <srlm/model/lora.hpp>
#include <srlm/train/reference.hpp>
#include <memory>

namespace srlm::cli {

class ChosenReference {
 public:
  /// The policy as it is when it is recorded.
  ChosenReference() = default;
  /// Another model.
  explicit ChosenReference(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  /// The policy with its adapters switched off.
  static ChosenReference without_adapters() {
    ChosenReference reference;
    reference.adapters_off_ = true;
    return reference;
  }

  bool is_start() const { return model_ == nullptr && !adapters_off_; }

  /// tail_weight: as the loss weighs surplus length.
  void record(Model& policy, std::span<PreferencePair> pairs, double tail_weight) const {
    if (adapters_off_) {
      WithoutAdapters reference(policy);
      record_reference(reference, pairs, tail_weight);
    } else {
      record_reference(model_ ? *model_ : policy, pairs, tail_weight);
    }
  }

 private:
  std::shared_ptr<Model> model_;
  bool adapters_off_ = false;
};

} // namespace srlm::cli
