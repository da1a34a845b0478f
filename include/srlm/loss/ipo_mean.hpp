/// Identity preference optimization over log-ratios a token.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// (h - 1 / (2 beta))^2, h = mean log-ratio of chosen - mean log-ratio of rejected.
struct IpoMeanLoss {
  static constexpr std::string_view name = "ipo_mean";
  static constexpr std::string_view source = "Azar et al. 2023, arXiv 2310.12036, with lengths as in TRL";
  double beta = 0.1; ///< tau of the paper
  static constexpr auto parameters =
      std::tuple(parameter("beta", &IpoMeanLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const h = loss::chosen_ratio(p) / p.chosen_length - loss::rejected_ratio(p) / p.rejected_length;
    double const distance = h - 1 / (2 * beta);
    return {distance * distance, 2 * distance / p.chosen_length, -2 * distance / p.rejected_length};
  }
};
static_assert(PreferenceLoss<IpoMeanLoss>);

} // namespace srlm
