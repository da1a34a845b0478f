/// Noise contrastive alignment of a pair: absolute log-ratios, not only their difference.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(w) - (log sigmoid(-w) + log sigmoid(-l)) / 2, w and l = beta * log-ratios.
struct NcaLoss {
  static constexpr std::string_view name = "nca";
  static constexpr std::string_view source = "Chen et al. 2024, arXiv 2402.05369";
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &NcaLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const w = beta * loss::chosen_ratio(p), l = beta * loss::rejected_ratio(p);
    return {loss::softplus(-w) + 0.5 * (loss::softplus(w) + loss::softplus(l)),
            beta * (0.5 * loss::sigmoid(w) - loss::sigmoid(-w)), 0.5 * beta * loss::sigmoid(l)};
  }
};
static_assert(PreferenceLoss<NcaLoss>);

} // namespace srlm
