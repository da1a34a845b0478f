/// DPO and the likelihood of the chosen answer (iterative reasoning preference optimization).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/loss/likelihood.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// DPO - alpha log p_w / |y_w|.
struct RpoLoss {
  static constexpr std::string_view name = "rpo";
  static constexpr std::string_view source = "Pang et al. 2024, arXiv 2404.19733";
  double beta = 0.1;
  double alpha = 1; ///< 1 in the paper, 0.2 for Llama 3.1
  static constexpr auto parameters =
      std::tuple(parameter("beta", &RpoLoss::beta, above(0), "strength of the reference"),
                 parameter("alpha", &RpoLoss::alpha, at_least(0), "weight of the likelihood, a mean over tokens"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    return loss::plus(DpoLoss{beta}(p), alpha, LikelihoodLoss{}(p));
  }
};
static_assert(PreferenceLoss<RpoLoss>);

} // namespace srlm
