/// PreferenceLoss: a scalar function of four log-probabilities and two lengths. No loss ever sees logits.
#pragma once
#include <concepts>

namespace srlm {

/// Sums over the response in nats, end-of-turn included; lengths in tokens. Doubles, because the interesting part is
/// the small difference of large sums.
struct PairLogProbs {
  double chosen, rejected, reference_chosen, reference_rejected;
  double chosen_length = 0, rejected_length = 0;
};

/// A loss and its exact derivatives with respect to the policy's two log-probabilities.
struct PairLoss {
  double value, d_chosen, d_rejected;
};

/// Semantics: d_* are the exact derivatives of value.
template <class L>
concept PreferenceLoss = std::copyable<L> && requires(L const& loss, PairLogProbs const& p) {
  { loss(p) } -> std::same_as<PairLoss>;
};

/// Optional: the factor between log-ratios and reported rewards, beta of Rafailov et al. (2023). Without it, 1.
template <class L>
concept ScaledLoss = PreferenceLoss<L> && requires(L const& loss) {
  { loss.beta } -> std::convertible_to<double>;
};

} // namespace srlm
