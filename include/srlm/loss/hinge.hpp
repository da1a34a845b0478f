/// Hinge loss on the margin (SLiC, RSO).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// max(0, 1 - beta * margin).
struct HingeLoss {
  static constexpr std::string_view name = "hinge";
  static constexpr std::string_view source = "Zhao et al. 2023, arXiv 2305.10425; Liu et al. 2023, arXiv 2309.06657";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &HingeLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const gap = 1 - beta * loss::margin(p);
    return loss::of_difference(gap > 0 ? gap : 0, gap > 0 ? -beta : 0);
  }
};
static_assert(PreferenceLoss<HingeLoss>);

} // namespace srlm
