/// Simple preference optimization: log-probabilities a token, no reference.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta (mean log p of chosen - of rejected) - gamma).
struct SimPoLoss {
  static constexpr std::string_view name = "simpo";
  static constexpr std::string_view source = "Meng et al. 2024, arXiv 2405.14734";
  double beta = 2.5;
  double gamma = 1.4;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &SimPoLoss::beta, above(0), "scale of the mean log-probabilities"),
                 parameter("gamma", &SimPoLoss::gamma, at_least(0), "target margin"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * (loss::chosen_mean(p) - loss::rejected_mean(p)) - gamma;
    double const slope = -beta * loss::sigmoid(-x);
    return {loss::softplus(-x), slope / p.chosen_length, -slope / p.rejected_length};
  }
};
static_assert(PreferenceLoss<SimPoLoss>);

} // namespace srlm
