/// Kahneman-Tversky optimization over a batch of pairs: its reference point is the batch's own divergence.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/kto_desirable.hpp>
#include <srlm/loss/kto_undesirable.hpp>

namespace srlm {

/// lambda_d * desirable(chosen) + lambda_u * undesirable(rejected), both at z0 = max(0, mean log-ratio over all answers
/// of the batch). The paper takes z0 from answers put to other prompts; a loss sees the pairs alone, and uses them.
struct KtoLoss {
  static constexpr std::string_view name = "kto";
  static constexpr std::string_view source = "Ethayarajh et al. 2024, arXiv 2402.01306";
  static constexpr bool detached = true; ///< z0 counts as constant
  double beta = 0.1;
  double lambda_desirable = 1, lambda_undesirable = 1;
  static constexpr auto parameters =
      std::tuple(parameter("beta", &KtoLoss::beta, above(0), "strength of the reference"),
                 parameter("lambda_desirable", &KtoLoss::lambda_desirable, at_least(0), "weight of chosen answers"),
                 parameter("lambda_undesirable", &KtoLoss::lambda_undesirable, at_least(0), "weight of rejected ones"));

  static double reference_point(std::span<PairLogProbs const> pairs) {
    double sum = 0;
    for (PairLogProbs const& p : pairs) {
      sum += loss::chosen_ratio(p) + loss::rejected_ratio(p);
    }
    double const mean = pairs.empty() ? 0 : sum / (2 * static_cast<double>(pairs.size()));
    return mean > 0 ? mean : 0;
  }

  void operator()(std::span<PairLogProbs const> pairs, std::span<PairLoss> out) const {
    double const z0 = reference_point(pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      PairLoss const none{0, 0, 0};
      PairLoss const chosen = loss::plus(none, lambda_desirable, KtoDesirableLoss{beta, z0}(pairs[i]));
      out[i] = loss::plus(chosen, lambda_undesirable, KtoUndesirableLoss{beta, z0}(pairs[i]));
    }
  }
};
static_assert(BatchPreferenceLoss<KtoLoss>);

} // namespace srlm
