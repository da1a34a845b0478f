/// Identity preference optimization as its paper writes it: over sums.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// (margin - 1 / (2 beta))^2.
struct IpoSumLoss {
  static constexpr std::string_view name = "ipo_sum";
  static constexpr std::string_view source = "Azar et al. 2023, arXiv 2310.12036, equation 17";
  double beta = 0.1; ///< tau of the paper
  static constexpr auto parameters =
      std::tuple(parameter("beta", &IpoSumLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const distance = loss::margin(p) - 1 / (2 * beta);
    return loss::of_difference(distance * distance, 2 * distance);
  }
};
static_assert(PreferenceLoss<IpoSumLoss>);

} // namespace srlm
