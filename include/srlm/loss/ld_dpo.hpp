/// DPO in which the surplus length of the longer answer counts less (length-desensitized DPO).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// DPO of log-probabilities in which tokens behind the length of the shorter answer count alpha. The trainer forms
/// these from two views of the longer answer with a shared prefix: alpha of the whole, 1 - alpha of its first part.
struct LdDpoLoss {
  static constexpr std::string_view name = "ld_dpo";
  static constexpr std::string_view source = "Liu et al. 2024, arXiv 2409.06411";
  double beta = 0.1;
  double alpha = 0.5;
  static constexpr auto parameters = std::tuple(
      parameter("beta", &LdDpoLoss::beta, above(0), "strength of the reference"),
      parameter("alpha", &LdDpoLoss::alpha, from_to(0, 1), "weight of tokens behind the length of the shorter answer"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const { return DpoLoss{beta}(p); }

  double tail_weight() const { return alpha; }
};
static_assert(PreferenceLoss<LdDpoLoss>);

} // namespace srlm
