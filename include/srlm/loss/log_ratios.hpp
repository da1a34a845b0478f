/// The few quantities that preference losses are made of.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/core/host_device.hpp>

namespace srlm::loss {

/// log pi(y_w | x) - log pi_ref(y_w | x).
SRLM_HOST_DEVICE inline double chosen_ratio(PairLogProbs const& p) { return p.chosen - p.reference_chosen; }

SRLM_HOST_DEVICE inline double rejected_ratio(PairLogProbs const& p) { return p.rejected - p.reference_rejected; }

/// The difference of both: the implicit reward margin divided by beta.
SRLM_HOST_DEVICE inline double margin(PairLogProbs const& p) { return chosen_ratio(p) - rejected_ratio(p); }

/// Log-probability a token.
SRLM_HOST_DEVICE inline double chosen_mean(PairLogProbs const& p) { return p.chosen / p.chosen_length; }

SRLM_HOST_DEVICE inline double rejected_mean(PairLogProbs const& p) { return p.rejected / p.rejected_length; }

/// A loss that depends on the two log-probabilities through their difference alone.
SRLM_HOST_DEVICE inline PairLoss of_difference(double value, double slope) { return {value, slope, -slope}; }

/// a + weight * b.
SRLM_HOST_DEVICE inline PairLoss plus(PairLoss const& a, double weight, PairLoss const& b) {
  return {a.value + weight * b.value, a.d_chosen + weight * b.d_chosen, a.d_rejected + weight * b.d_rejected};
}

} // namespace srlm::loss
