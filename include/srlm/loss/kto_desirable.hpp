/// Kahneman-Tversky optimization of a desirable answer.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// 1 - sigmoid(beta (log-ratio of chosen - z0)). The rejected answer does not enter.
struct KtoDesirableLoss {
  static constexpr std::string_view name = "kto_desirable";
  static constexpr std::string_view source = "Ethayarajh et al. 2024, arXiv 2402.01306";
  double beta = 0.1;
  double z0 = 0;
  static constexpr auto parameters = std::tuple(
      parameter("beta", &KtoDesirableLoss::beta, above(0), "strength of the reference"),
      parameter("z0", &KtoDesirableLoss::z0, at_least(0), "reference point: divergence from the reference, in nats"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const w = loss::sigmoid(beta * (loss::chosen_ratio(p) - z0));
    return {1 - w, -beta * w * (1 - w), 0};
  }
};
static_assert(PreferenceLoss<KtoDesirableLoss>);

} // namespace srlm
