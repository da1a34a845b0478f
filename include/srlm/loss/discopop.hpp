/// The loss that a language model discovered: logistic near zero, exponential for what is already right.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// (1 - m) (-log sigmoid(x)) + m e^-x, m = sigmoid(x / tau), x = beta * margin.
struct DiscoPopLoss {
  static constexpr std::string_view name = "discopop";
  static constexpr std::string_view source = "Lu et al. 2024, arXiv 2406.08414";
  double beta = 0.1;
  double tau = 0.05;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &DiscoPopLoss::beta, above(0), "strength of the reference"),
                 parameter("tau", &DiscoPopLoss::tau, above_to(0, 1), "temperature of the blend"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * loss::margin(p), logistic = loss::softplus(-x);
    double const blend = loss::sigmoid(x / tau), rest = loss::sigmoid(-x / tau);
    double const exponential = std::exp(-loss::softplus(-x / tau) - x); // blend * e^-x, which may overflow alone
    double const slope = -blend * rest / tau * logistic - rest * loss::sigmoid(-x) + exponential * (rest / tau - 1);
    return loss::of_difference(rest * logistic + exponential, beta * slope);
  }
};
static_assert(PreferenceLoss<DiscoPopLoss>);

} // namespace srlm
