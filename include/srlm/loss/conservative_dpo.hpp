/// DPO with labels that may be wrong, averaged over both readings (cDPO).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -(1 - epsilon) log sigmoid(x) - epsilon log sigmoid(-x), x = beta * margin; least at x = log((1 - epsilon) /
/// epsilon).
struct ConservativeDpoLoss {
  static constexpr std::string_view name = "conservative_dpo";
  static constexpr std::string_view source = "Mitchell 2023, A note on DPO with noisy preferences";
  double beta = 0.1;
  double epsilon = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &ConservativeDpoLoss::beta, above(0), "strength of the reference"),
                 parameter("epsilon", &ConservativeDpoLoss::epsilon, from_below(0, 0.5), "share of wrong labels"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * loss::margin(p);
    double const value = (1 - epsilon) * loss::softplus(-x) + epsilon * loss::softplus(x);
    return loss::of_difference(value, beta * (epsilon - loss::sigmoid(-x)));
  }
};
static_assert(PreferenceLoss<ConservativeDpoLoss>);

} // namespace srlm
