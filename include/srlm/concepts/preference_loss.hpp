/// PreferenceLoss: a scalar function of four log-probabilities and two lengths. No loss ever sees logits.
#pragma once
#include <concepts>
#include <cstddef>
#include <span>

namespace srlm {

/// Sums over the response in nats, end-of-turn included; lengths in tokens. Doubles, because the interesting part is
/// the small difference of large sums.
struct PairLogProbs {
  double chosen, rejected, reference_chosen, reference_rejected;
  double chosen_length = 0, rejected_length = 0;
  double consistency = 1; ///< how far two rankings agree about this pair, 0 to 1 (CREAM); 1 where nobody asked
};

/// A loss and its exact derivatives with respect to the policy's two log-probabilities.
struct PairLoss {
  double value, d_chosen, d_rejected;
};

/// A loss that looks at one pair at a time. Semantics: d_* are the exact derivatives of value.
template <class L>
concept PreferenceLoss = std::copyable<L> && requires(L const& loss, PairLogProbs const& p) {
  { loss(p) } -> std::same_as<PairLoss>;
};

/// A loss that looks at all pairs of a batch at once, and writes one PairLoss a pair: the batch's loss is the mean of
/// the values. Semantics: d_* are the exact derivatives of the sum of the values, but for what the loss declares
/// constant (`detached`).
template <class L>
concept BatchPreferenceLoss = std::copyable<L> &&
    requires(L const& loss, std::span<PairLogProbs const> pairs, std::span<PairLoss> out) {
  loss(pairs, out);
};

/// What a trainer takes.
template <class L>
concept TrainableLoss = PreferenceLoss<L> || BatchPreferenceLoss<L>;

/// Whether the loss of a pair depends on the others of its batch. A loss chosen at run time says so itself.
template <TrainableLoss L>
bool needs_whole_batch(L const& loss) {
  if constexpr (requires { loss.needs_whole_batch(); }) {
    return loss.needs_whole_batch();
  } else {
    return !PreferenceLoss<L>;
  }
}

/// The losses of all pairs, whichever kind of loss it is; out is as long as pairs.
template <TrainableLoss L>
void pair_losses(L const& loss, std::span<PairLogProbs const> pairs, std::span<PairLoss> out) {
  if constexpr (BatchPreferenceLoss<L>) {
    loss(pairs, out);
  } else {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      out[i] = loss(pairs[i]);
    }
  }
}

/// Optional: the factor between log-ratios and reported rewards, beta of Rafailov et al. (2023). Without it, 1.
template <class L>
concept ScaledLoss = TrainableLoss<L> && requires(L const& loss) {
  { loss.beta } -> std::convertible_to<double>;
};

/// Optional: tokens of the longer answer behind the length of the shorter one count so much in its log-probability, in
/// the policy's and in the reference's (LD-DPO). Without it, 1: all tokens count alike.
template <class L>
concept TailWeighted = TrainableLoss<L> && requires(L const& loss) {
  { loss.tail_weight() } -> std::convertible_to<double>;
};

} // namespace srlm
