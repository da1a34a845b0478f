/// DPO with labels softened by how far two rankings agree (consistency-regularized self-rewarding).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/conservative_dpo.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -c log sigmoid(x) - (1 - c) log sigmoid(-x), x = beta * margin. At c = 1/2 nothing is learned from a fresh
/// reference; below, the label is turned round.
struct CreamLoss {
  static constexpr std::string_view name = "cream";
  static constexpr std::string_view source = "Wang et al. 2024, arXiv 2410.12735";
  double beta = 0.1;
  double consistency = 1; ///< of the whole set
  static constexpr auto parameters =
      std::tuple(parameter("beta", &CreamLoss::beta, above(0), "strength of the reference"),
                 parameter("consistency", &CreamLoss::consistency, from_to(0, 1),
                           "agreement of the whole set, times that of the pair"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const c = consistency * p.consistency;
    return ConservativeDpoLoss{beta, 1 - c}(p);
  }
};
static_assert(PreferenceLoss<CreamLoss>);

} // namespace srlm
