/// Binary classifier optimization on pairs, without a reward shift.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(w) - log sigmoid(-l), w and l = beta * log-ratios.
struct BcoPairLoss {
  static constexpr std::string_view name = "bco_pair";
  static constexpr std::string_view source = "Jung et al. 2024, arXiv 2404.04656";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &BcoPairLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const w = beta * loss::chosen_ratio(p), l = beta * loss::rejected_ratio(p);
    return {loss::softplus(-w) + loss::softplus(l), -beta * loss::sigmoid(-w), beta * loss::sigmoid(l)};
  }
};
static_assert(PreferenceLoss<BcoPairLoss>);

} // namespace srlm
