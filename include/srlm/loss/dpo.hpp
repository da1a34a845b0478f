/// Direct preference optimization (Rafailov et al. 2023, equation 7), the paper's loss in section 2.3.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta * margin), margin = log-ratio of chosen - log-ratio of rejected. Sums over tokens, not means.
/// log 2 where the policy equals the reference. beta: 0.1 (paper, section 3.1.3).
struct DpoLoss {
  double beta = 0.1;

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const margin = (p.chosen - p.reference_chosen) - (p.rejected - p.reference_rejected);
    double const slope = beta * loss::sigmoid(-beta * margin);
    return {loss::softplus(-beta * margin), -slope, slope};
  }
};
static_assert(ScaledLoss<DpoLoss>);

} // namespace srlm
