/// DPO over log-ratios a token.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta (mean log-ratio of chosen - mean log-ratio of rejected)).
struct LengthNormalizedDpoLoss {
  static constexpr std::string_view name = "length_normalized_dpo";
  static constexpr std::string_view source = "Lambert et al. 2024, arXiv 2411.15124";
  double beta = 5;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &LengthNormalizedDpoLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * (loss::chosen_ratio(p) / p.chosen_length - loss::rejected_ratio(p) / p.rejected_length);
    double const slope = -beta * loss::sigmoid(-x);
    return {loss::softplus(-x), slope / p.chosen_length, -slope / p.rejected_length};
  }
};
static_assert(PreferenceLoss<LengthNormalizedDpoLoss>);

} // namespace srlm
