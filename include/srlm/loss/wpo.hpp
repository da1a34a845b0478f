/// Weighted preference optimization: pairs count by how likely the policy is to write them itself, so that data from an
/// older policy count less.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/dpo.hpp>

namespace srlm {

/// Any loss of pairs times w = exp(mean log p_w + mean log p_l), a constant for the derivative.
template <PreferenceLoss L>
struct WpoWeighted {
  static constexpr bool detached = true; ///< the weight counts as constant
  L weighted = {};

  SRLM_HOST_DEVICE static double weight(PairLogProbs const& p) {
    return std::exp(loss::chosen_mean(p) + loss::rejected_mean(p));
  }

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    return loss::plus({0, 0, 0}, weight(p), weighted(p));
  }
};

/// DPO so weighted.
struct WpoLoss {
  static constexpr std::string_view name = "wpo";
  static constexpr std::string_view source = "Zhou et al. 2024, arXiv 2406.11827";
  static constexpr bool detached = true;
  double beta = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &WpoLoss::beta, above(0), "strength of the reference"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const { return WpoWeighted<DpoLoss>{{beta}}(p); }
};
static_assert(PreferenceLoss<WpoLoss>);

} // namespace srlm
