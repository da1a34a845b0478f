/// Direct preference optimization, the paper's loss (section 2.3).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log sigmoid(beta * margin), of sums over tokens, not means. log 2 where the policy equals the reference.
struct DpoLoss {
  static constexpr std::string_view name = "dpo";
  static constexpr std::string_view source = "Rafailov et al. 2023, equation 7";
  double beta = 0.1; ///< section 3.1.3
  static constexpr auto parameters =
      std::tuple(parameter("beta", &DpoLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const x = beta * loss::margin(p);
    return loss::of_difference(loss::softplus(-x), -beta * loss::sigmoid(-x));
  }
};
static_assert(PreferenceLoss<DpoLoss>);

} // namespace srlm
