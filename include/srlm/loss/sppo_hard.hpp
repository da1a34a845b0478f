/// Self-play preference optimization with hard labels: each log-ratio has a target of its own.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// (log-ratio of chosen - 1 / (2 beta))^2 + (log-ratio of rejected + 1 / (2 beta))^2.
struct SppoHardLoss {
  static constexpr std::string_view name = "sppo_hard";
  static constexpr std::string_view source = "Wu et al. 2024, arXiv 2405.00675";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &SppoHardLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const target = 1 / (2 * beta);
    double const chosen = loss::chosen_ratio(p) - target, rejected = loss::rejected_ratio(p) + target;
    return {chosen * chosen + rejected * rejected, 2 * chosen, 2 * rejected};
  }
};
static_assert(PreferenceLoss<SppoHardLoss>);

} // namespace srlm
