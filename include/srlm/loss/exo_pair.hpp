/// Efficient exact optimization of a pair: the reverse divergence to softened labels.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// w (log w - log(1 - epsilon)) + l (log l - log epsilon), w and l = sigmoid(beta * log-ratios) of the two answers, as
/// in TRL. (The paper's equation 16 has sigmoid(beta * margin) and its complement for them.)
struct ExoPairLoss {
  static constexpr std::string_view name = "exo_pair";
  static constexpr std::string_view source = "Ji et al. 2024, arXiv 2402.00856";
  double beta = 0.1;
  double epsilon = 1e-3;
  static constexpr auto parameters = std::tuple(
      parameter("beta", &ExoPairLoss::beta, above(0), "strength of the reference"),
      parameter("epsilon", &ExoPairLoss::epsilon, above_below(0, 0.5), "probability that the label is wrong"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x_w = beta * loss::chosen_ratio(p), x_l = beta * loss::rejected_ratio(p);
    double const w = loss::sigmoid(x_w), l = loss::sigmoid(x_l);
    double const log_w = -loss::softplus(-x_w) - std::log1p(-epsilon),
                 log_l = -loss::softplus(-x_l) - std::log(epsilon);
    return {w * log_w + l * log_l, beta * w * (1 - w) * (log_w + 1), beta * l * (1 - l) * (log_l + 1)};
  }
};
static_assert(PreferenceLoss<ExoPairLoss>);

} // namespace srlm
