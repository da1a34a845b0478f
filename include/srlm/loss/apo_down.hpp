/// Anchored preference optimization for a model better than the answers: both down, rejected more.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// sigmoid(beta * log-ratio of chosen) + 1 - sigmoid(beta * margin).
struct ApoDownLoss {
  static constexpr std::string_view name = "apo_down";
  static constexpr std::string_view source = "D'Oosterlinck et al. 2024, arXiv 2408.06266";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &ApoDownLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const w = loss::sigmoid(beta * loss::chosen_ratio(p)), m = loss::sigmoid(beta * loss::margin(p));
    return {w + 1 - m, beta * (w * (1 - w) - m * (1 - m)), beta * m * (1 - m)};
  }
};
static_assert(PreferenceLoss<ApoDownLoss>);

} // namespace srlm
