/// DPO that punishes a chosen answer becoming less likely than under the reference (DPO-positive).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta (margin - lambda max(0, -log-ratio of chosen))). At the kink, where a fresh policy is, the
/// derivative is the middle of both sides.
struct DpopLoss {
  static constexpr std::string_view name = "dpop";
  static constexpr std::string_view source = "Pal et al. 2024, arXiv 2402.13228";
  double beta = 0.3;
  double lambda = 50;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &DpopLoss::beta, above(0), "strength of the reference"),
                 parameter("lambda", &DpopLoss::lambda, at_least(0), "weight of the penalty"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const fall = -loss::chosen_ratio(p);
    double const x = beta * (loss::margin(p) - (fall > 0 ? lambda * fall : 0));
    double const slope = -beta * loss::sigmoid(-x);
    double const share = fall > 0 ? 1 : fall < 0 ? 0 : 0.5; // of the penalty's slope
    return {loss::softplus(-x), slope * (1 + lambda * share), -slope};
  }
};
static_assert(PreferenceLoss<DpopLoss>);

} // namespace srlm
