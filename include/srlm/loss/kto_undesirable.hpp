/// Kahneman-Tversky optimization of an undesirable answer.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// 1 - sigmoid(beta (z0 - log-ratio of rejected)). The chosen answer does not enter.
struct KtoUndesirableLoss {
  static constexpr std::string_view name = "kto_undesirable";
  static constexpr std::string_view source = "Ethayarajh et al. 2024, arXiv 2402.01306";
  double beta = 0.1;
  double z0 = 0;
  static constexpr auto parameters = std::tuple(
      parameter("beta", &KtoUndesirableLoss::beta, above(0), "strength of the reference"),
      parameter("z0", &KtoUndesirableLoss::z0, at_least(0), "reference point: divergence from the reference, in nats"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const l = loss::sigmoid(beta * (z0 - loss::rejected_ratio(p)));
    return {1 - l, 0, beta * l * (1 - l)};
  }
};
static_assert(PreferenceLoss<KtoUndesirableLoss>);

} // namespace srlm
