/// Plain sentences for what a part of training lacks: explain_preference_loss, explain_stepper,
/// explain_preference_optimizer.
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/concepts/preference_optimizer.hpp>
#include <srlm/concepts/stepper.hpp>

namespace srlm {

/// For a loss of one pair at a time and for one over a batch.
template <class L>
consteval bool explain_preference_loss() {
  static_assert(std::copyable<L>,
                "srlm: your loss is not copyable: it must be a value, that a trainer keeps a copy of");
  constexpr bool takes_pair = requires(L const& loss, PairLogProbs const& p) { loss(p); };
  constexpr bool takes_batch = requires(L const& loss, std::span<PairLogProbs const> pairs, std::span<PairLoss> out) {
    loss(pairs, out);
  };
  static_assert(takes_pair || takes_batch,
                "srlm: your loss has no member operator()(srlm::PairLogProbs const&) const: it must return "
                "srlm::PairLoss, the value and its derivatives by the chosen and the rejected log-probability; a loss "
                "over a batch has operator()(std::span<srlm::PairLogProbs const>, std::span<srlm::PairLoss>) const");
  static_assert(
      !takes_pair || takes_batch || PreferenceLoss<L> || !std::copyable<L>,
      "srlm: your loss's operator() returns another type: it must return srlm::PairLoss, the value and its derivatives "
      "by the chosen and the rejected log-probability");
  return true;
}

template <class S, class M>
consteval bool explain_stepper() {
  static_assert(
      requires(S & s, std::size_t n) { s.begin(n); },
      "srlm: your stepper has no member begin(std::size_t steps): it must forget what it kept, a stage of so many "
      "steps "
      "starts");
  static_assert(
      requires(S & s, M & m) { s.step(m); },
      "srlm: your stepper has no member step(Model&) for this model: it must update the parameters from the gradient, "
      "clear the gradient and return srlm::StepReport");
  static_assert(
      !requires(S & s, M & m) { s.step(m); } ||
          requires(S & s, M & m) {
            { s.step(m) } -> std::same_as<StepReport>;
          },
      "srlm: your stepper's step() returns another type: it must return srlm::StepReport, the rate and the gradient's "
      "norm");
  return true;
}

template <class O, class P>
consteval bool explain_preference_optimizer() {
  static_assert(
      requires(O & o, P & p, std::span<PreferencePair const> pairs, Seed seed) { o.fit(p, pairs, seed); },
      "srlm: your optimizer has no member fit(Policy&, std::span<srlm::PreferencePair const>, srlm::Seed): it must "
      "train "
      "the policy in place on pairs that carry their reference log-probabilities");
  return true;
}

} // namespace srlm
