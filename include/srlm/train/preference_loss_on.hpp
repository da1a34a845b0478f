/// The mean preference loss of a policy on pairs that it does not learn from.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/error.hpp>
#include <srlm/train/pair_views.hpp>

namespace srlm {

/// The pairs carry their reference (record_reference with tail_weight_of(loss)); all are one batch. Throws: Error for
/// no pairs.
template <TrainableLoss L, LogProbModel M>
double preference_loss_on(L const& loss, M& model, std::span<PreferencePair const> pairs) {
  require(!pairs.empty(), "preference loss", "no pairs", "at least one");
  PairViews views(tail_weight_of(loss));
  for (PreferencePair const& pair : pairs) {
    views.add(pair);
  }
  std::vector<float> const answers = views.answers(model.log_probs(views.sequences()));
  std::vector<PairLogProbs> inputs;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    inputs.push_back(
        loss_input(pairs[i], answers[2 * i], answers[2 * i + 1], static_cast<double>(pairs[i].consistency)));
  }
  std::vector<PairLoss> losses(pairs.size());
  pair_losses(loss, inputs, std::span(losses));
  double sum = 0;
  for (PairLoss const& l : losses) {
    sum += l.value;
  }
  return sum / static_cast<double>(pairs.size());
}

} // namespace srlm
