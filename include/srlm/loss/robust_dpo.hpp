/// DPO made unbiased under labels that are wrong with a known probability (rDPO).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// [-(1 - epsilon) log sigmoid(x) + epsilon log sigmoid(-x)] / (1 - 2 epsilon), x = beta * margin. Can be negative.
struct RobustDpoLoss {
  static constexpr std::string_view name = "robust_dpo";
  static constexpr std::string_view source = "Chowdhury et al. 2024, arXiv 2403.00409";
  double beta = 0.1;
  double epsilon = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &RobustDpoLoss::beta, above(0), "strength of the reference"),
                 parameter("epsilon", &RobustDpoLoss::epsilon, from_below(0, 0.5), "share of wrong labels"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * loss::margin(p), scale = 1 - 2 * epsilon;
    double const value = ((1 - epsilon) * loss::softplus(-x) - epsilon * loss::softplus(x)) / scale;
    double const slope = -beta * ((1 - epsilon) * loss::sigmoid(-x) + epsilon * loss::sigmoid(x)) / scale;
    return loss::of_difference(value, slope);
  }
};
static_assert(PreferenceLoss<RobustDpoLoss>);

} // namespace srlm
