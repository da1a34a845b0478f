/// LoRA on the built-in model (Hu et al. 2021, arXiv 2106.09685): adapters that learn beside weights that do not. No
/// gradient and no optimizer state of the weights is computed or kept.
///
///   add_lora(model, {.rank = 16}, seed);  // from here on model.parameters() are the adapters alone
///   ...                                   // any trainer, any loop
///   save_adapter(model, folder);          // model/adapter_files.hpp: PEFT's format
///   merge_lora(model);                    // or: the adapters become part of the weights
///
/// The reference of preference training is recorded as always; where it shall be the model under the adapters, whatever
/// these have learned before, it is FixedReference(policy without adapters), see WithoutAdapters.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/model/language_model.hpp>
#include <cmath> // sqrt

namespace srlm {

/// Adapters for the targets of every layer. A is uniform in +-1 / sqrt(in), B is zero, so the model is as it was.
/// Throws: Error for a rank, alpha or target that is none, and where the model has adapters.
template <TensorBackend B>
void add_lora(LanguageModel<B>& model, LoraOptions const& options, Seed seed) {
  model::Adapters<B> adapters(model.backend(), model::lora_layout(model.config(), options));
  for (std::size_t t = 0; t < adapters.tensors().size(); t += 2) { // A; B stays zero
    model::NamedTensor const& a = adapters.tensors()[t];
    Seed const stream = seed.fork(t);
    double const bound = 1 / std::sqrt(static_cast<double>(a.shape[1]));
    std::vector<float> values(a.size);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(bound * (2 * stream.uniform(i) - 1));
    }
    adapters.set_tensor(a, values);
  }
  model.weights().add_adapters(std::move(adapters));
}

/// W += scale B A for every adapter; then there are none, and all weights learn again. Throws: Error without adapters.
template <TensorBackend B>
void merge_lora(LanguageModel<B>& model) {
  model.weights().merge_adapters();
}

/// A model with its adapters switched off, seen as a LogProbModel: the reference, without a second model in memory. The
/// model must outlive it, and have adapters (throws: Error where it has none).
template <TensorBackend B>
class WithoutAdapters {
 public:
  explicit WithoutAdapters(LanguageModel<B>& model) : model_(&model) {
    require(model.weights().adapters().has_value(), "a reference without adapters", "a model that has none",
            "a model with adapters");
  }

  /// log p(y | x) of each sequence, in nats. Throws: as LanguageModel::log_probs.
  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    SwitchedOff const off(*model_->weights().adapters());
    return model_->log_probs(sequences);
  }

 private:
  /// Until the end of its scope.
  class SwitchedOff {
   public:
    explicit SwitchedOff(model::Adapters<B>& adapters) : adapters_(&adapters), before_(adapters.switch_on(false)) {}
    SwitchedOff(SwitchedOff const&) = delete;
    SwitchedOff& operator=(SwitchedOff const&) = delete;
    ~SwitchedOff() { adapters_->switch_on(before_); }

   private:
    model::Adapters<B>* adapters_;
    bool before_;
  };

  LanguageModel<B>* model_;
};

} // namespace srlm
