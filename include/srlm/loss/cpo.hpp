/// Contrastive preference optimization: no reference, and the likelihood of the chosen answer.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta (log p_w - log p_l)) - alpha log p_w, all sums over tokens.
struct CpoLoss {
  static constexpr std::string_view name = "cpo";
  static constexpr std::string_view source = "Xu et al. 2024, arXiv 2401.08417";
  double beta = 0.1;
  double alpha = 1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &CpoLoss::beta, above(0), "scale of the log-probabilities"),
                 parameter("alpha", &CpoLoss::alpha, at_least(0), "weight of the likelihood, a sum over tokens"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * (p.chosen - p.rejected), slope = -beta * loss::sigmoid(-x);
    return {loss::softplus(-x) - alpha * p.chosen, slope - alpha, -slope};
  }
};
static_assert(PreferenceLoss<CpoLoss>);

} // namespace srlm
