/// pi_ref: two numbers a pair. By default they are the policy's own, taken before the first step of a stage, so no
/// second model is in memory; another model may give them.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/train/pair_views.hpp>

namespace srlm {

/// The model's log-probabilities become the pairs' reference. tail_weight: as the loss weighs surplus length.
template <LogProbModel M>
void record_reference(M& model, std::span<PreferencePair> pairs, double tail_weight = 1) {
  PairViews views(tail_weight);
  for (PreferencePair const& pair : pairs) {
    views.add(pair);
  }
  std::vector<float> const answers = views.answers(model.log_probs(views.sequences()));
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i].reference_chosen = answers[2 * i];
    pairs[i].reference_rejected = answers[2 * i + 1];
  }
}

/// A part of a PreferenceTrainer: the reference is this model in every turn (the SFT model, say, or the policy with its
/// adapters switched off), not the policy at the start of the turn. The model must outlive the trainer.
template <LogProbModel M>
class FixedReference {
 public:
  static constexpr bool is_reference = true;

  explicit FixedReference(M& model) : model_(&model) {}
  M& model() const { return *model_; }

 private:
  M* model_;
};

} // namespace srlm
