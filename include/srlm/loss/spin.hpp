/// Self-play fine-tuning: people's answers against the model's own. The loss is DPO's; the pairs make the method.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// log(1 + e^-x), x = beta * margin, chosen = the supervised answer, rejected = what the model wrote.
struct SpinLoss {
  static constexpr std::string_view name = "spin";
  static constexpr std::string_view source = "Chen et al. 2024, arXiv 2401.01335, equation 4.7";
  double beta = 0.1; ///< lambda of the paper
  static constexpr auto parameters =
      std::tuple(parameter("beta", &SpinLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const { return DpoLoss{beta}(p); }
};
static_assert(PreferenceLoss<SpinLoss>);

} // namespace srlm
