/// Anchored preference optimization for answers better than the model's: chosen up, rejected down.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// 1 - sigmoid(beta * log-ratio of chosen) + sigmoid(beta * log-ratio of rejected).
struct ApoZeroLoss {
  static constexpr std::string_view name = "apo_zero";
  static constexpr std::string_view source = "D'Oosterlinck et al. 2024, arXiv 2408.06266";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &ApoZeroLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const w = loss::sigmoid(beta * loss::chosen_ratio(p)), l = loss::sigmoid(beta * loss::rejected_ratio(p));
    return {1 - w + l, -beta * w * (1 - w), beta * l * (1 - l)};
  }
};
static_assert(PreferenceLoss<ApoZeroLoss>);

} // namespace srlm
