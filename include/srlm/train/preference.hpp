/// Preference training: turns pairs into a better policy by any PreferenceLoss (section 2.3: DPO).
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/core/parameter.hpp>
#include <srlm/train/batches.hpp>
#include <srlm/train/reference.hpp>
#include <srlm/train/run_steps.hpp>
#include <srlm/train/trainer_parts.hpp>
#include <cmath>

namespace srlm {

/// batch: 16 (section 3.1.3); epochs are not stated in the paper, 1 is common practice.
struct PreferenceOptions {
  std::size_t epochs = 1, batch = 16;
  std::size_t micro_batch = 4;       ///< pairs whose activations are kept at once
  std::size_t checkpoint_every = 50; ///< steps; the end of a stage is always kept
  /// The reference is the policy before the first step, so the first loss is the loss at zero margin (log 2 for DPO).
  /// A run whose first loss is another number has the wrong reference and stops. Off only for an explicit other
  /// reference.
  bool reference_is_start = true;
  /// Where above 0, the policy as it is after every so many steps becomes the reference for those that follow.
  /// Checkpoints are then written at these steps.
  std::size_t refresh_reference_every = 0;
  /// Every pair has the mean of all pairs' consistencies (CREAM's main variant), not its own.
  bool average_consistency = false;
};

/// parts: FixedReference, Replay and BestOnHeldOut, those that are wanted, in any order.
template <TrainableLoss L, class S, class... Parts>
class PreferenceTrainer {
  using Has = TrainerParts<Parts...>;

 public:
  static constexpr bool keeps_checkpoints = Checkpointed<S>;

  /// Throws: Error for a parameter of the loss that is out of its range, and for sizes of 0.
  PreferenceTrainer(L loss, S stepper, PreferenceOptions options = {}, Parts... parts)
      : loss_(std::move(loss)), stepper_(std::move(stepper)), options_(options), parts_(std::move(parts)...) {
    check_parameters(loss_);
    require(options_.batch > 0 && options_.micro_batch > 0, "preference training", "a batch of 0", "at least 1");
    require(!Has::has_reference || options_.refresh_reference_every == 0, "preference training",
            "a fixed reference that is to be refreshed", "one of both");
    if (Has::has_reference) {
      options_.reference_is_start = false;
    }
  }

  /// The pairs' reference log-probabilities, as this trainer's loss needs them: under the policy as it is, or under the
  /// fixed reference.
  template <LogProbModel P>
  void record_reference(P& policy, std::span<PreferencePair> pairs) {
    if constexpr (Has::has_reference) {
      srlm::record_reference(parts_.reference().model(), pairs, tail_weight());
    } else {
      srlm::record_reference(policy, pairs, tail_weight());
    }
  }

  /// Trains in place on pairs that carry their reference log-probabilities. Returns whether to go on.
  /// Throws: Error when the first loss shows a wrong reference, or a loss is not finite.
  template <DifferentiableLogProbModel M, class Turn>
  Control fit(M& model, std::span<PreferencePair const> pairs, Seed seed, Turn const& turn) {
    require(!pairs.empty(), "preference training", "no pairs", "at least one");
    BatchPlan const batches{pairs.size(), options_.batch, options_.epochs};
    std::size_t const refresh = options_.refresh_reference_every;
    StagePlan const plan{Stage::preference, batches.steps(), options_.checkpoint_every, refresh > 0 ? refresh : 1};
    mean_consistency_ = mean_consistency(pairs);
    std::vector<PreferencePair> refreshed; // the pairs with their present reference, where it changes
    auto const one_step = [&](std::size_t step) {
      bool const renew = refresh > 0 && step > 0 && step % refresh == 0;
      if (renew) {
        refreshed.assign(pairs.begin(), pairs.end());
        srlm::record_reference(model, std::span(refreshed), tail_weight());
      }
      std::span<PreferencePair const> const present = refreshed.empty() ? pairs : refreshed;
      return learn_batch(model, present, batches.indices(step, seed), step, renew || step == 0, seed);
    };
    StepTaken last;
    return run_steps(turn, plan, model, stepper_, parts_.held_out(), last, one_step);
  }

  /// Without a journal or observers.
  template <DifferentiableLogProbModel M>
  Control fit(M& model, std::span<PreferencePair const> pairs, Seed seed) {
    NoJournal journal;
    return fit(model, pairs, seed, Turn<NoJournal>(0, journal));
  }

 private:
  double reward_scale() const {
    if constexpr (ScaledLoss<L>) {
      return static_cast<double>(loss_.beta);
    } else {
      return 1;
    }
  }

  double tail_weight() const { return tail_weight_of(loss_); }

  static double mean_consistency(std::span<PreferencePair const> pairs) {
    double sum = 0;
    for (PreferencePair const& pair : pairs) {
      sum += static_cast<double>(pair.consistency);
    }
    return sum / static_cast<double>(pairs.size());
  }

  std::vector<PairLoss> losses(std::span<PairLogProbs const> pairs) const {
    std::vector<PairLoss> out(pairs.size());
    pair_losses(loss_, pairs, std::span(out));
    for (PairLoss const& l : out) {
      require(std::isfinite(l.value), "preference training", "a loss that is not finite",
              "finite weights and log-probabilities");
    }
    return out;
  }

  /// Pair by pair: errors of opposite sign would cancel in the mean. A log-probability may be off by its own rounding (a
  /// sequence shared its pass with others when the reference was recorded), and a steep loss makes more of it.
  void check_reference(std::span<PairLogProbs const> pairs, std::span<PairLoss const> given,
                       std::span<std::size_t const> members) const {
    std::vector<PairLogProbs> at_start(pairs.begin(), pairs.end());
    for (PairLogProbs& p : at_start) {
      p.chosen = p.reference_chosen;
      p.rejected = p.reference_rejected;
    }
    std::vector<PairLoss> const expected = losses(at_start);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      double const scale = 1 + std::abs(expected[i].value) +
                           std::abs(expected[i].d_chosen * static_cast<double>(pairs[i].reference_chosen)) +
                           std::abs(expected[i].d_rejected * static_cast<double>(pairs[i].reference_rejected));
      if (!(std::abs(given[i].value - expected[i].value) <= 1e-6 * scale)) {
        throw Error("the first preference loss of a stage, pair " + std::to_string(members[i]),
                    std::to_string(given[i].value),
                    std::to_string(expected[i].value) +
                        ", its value where the policy equals the reference: the recorded "
                        "reference is not the policy that training starts from");
      }
    }
  }

  PairViews views_of(std::span<PreferencePair const> pairs, std::span<std::size_t const> members) const {
    PairViews views(tail_weight());
    for (std::size_t i : members) {
      views.add(pairs[i]);
    }
    return views;
  }

  /// What the loss sees of each pair. answers: log-probabilities, chosen, rejected, ...
  std::vector<PairLogProbs> inputs_of(std::span<PreferencePair const> pairs, std::span<std::size_t const> members,
                                      std::span<float const> answers) const {
    std::vector<PairLogProbs> inputs;
    for (std::size_t k = 0; k < members.size(); ++k) {
      PreferencePair const& pair = pairs[members[k]];
      double const own = static_cast<double>(pair.consistency);
      inputs.push_back(
          loss_input(pair, answers[2 * k], answers[2 * k + 1], options_.average_consistency ? mean_consistency_ : own));
    }
    return inputs;
  }

  /// One step. A loss over whole batches first sees all of its pairs without a gradient, unless they are in memory at
  /// once anyway.
  template <class M>
  StepTaken learn_batch(M& model, std::span<PreferencePair const> pairs, std::vector<std::size_t> const& batch,
                        std::size_t step, bool is_first, Seed seed) {
    StepTaken report;
    double const share = 1.0 / static_cast<double>(batch.size()), beta = reward_scale();
    std::vector<PairLoss> whole;
    if (needs_whole_batch(loss_) && batch.size() > options_.micro_batch) {
      PairViews const views = views_of(pairs, batch);
      auto const inputs = inputs_of(pairs, batch, views.answers(model.log_probs(views.sequences())));
      whole = losses(inputs);
      if (is_first && options_.reference_is_start) {
        check_reference(inputs, whole, batch);
      }
    }
    for (std::size_t first = 0; first < batch.size(); first += options_.micro_batch) {
      auto const members = std::span(batch).subspan(first, std::min(options_.micro_batch, batch.size() - first));
      PairViews const views = views_of(pairs, members); // the shared prompt is computed once
      auto tape = model.forward(views.sequences());
      auto const inputs = inputs_of(pairs, members, views.answers(tape.log_probs()));
      std::vector<PairLoss> own;
      if (whole.empty()) {
        own = losses(inputs);
        if (is_first && options_.reference_is_start) {
          check_reference(inputs, own, members);
        }
      }
      std::span<PairLoss const> const at =
          whole.empty() ? std::span<PairLoss const>(own) : std::span<PairLoss const>(whole).subspan(first);
      std::vector<double> slopes;
      for (std::size_t k = 0; k < members.size(); ++k) {
        PairLogProbs const& p = inputs[k];
        slopes.push_back(share * at[k].d_chosen);
        slopes.push_back(share * at[k].d_rejected);
        double const chosen = beta * (p.chosen - p.reference_chosen),
                     rejected = beta * (p.rejected - p.reference_rejected);
        report.loss += share * at[k].value;
        report.chosen_reward += share * chosen;
        report.rejected_reward += share * rejected;
        report.margin += share * (chosen - rejected);
        report.accuracy += chosen > rejected ? share : 0;
        report.chosen_log_prob += share * p.chosen;
        report.rejected_log_prob += share * p.rejected;
        report.tokens += static_cast<std::size_t>(p.chosen_length + p.rejected_length);
      }
      model.backward(std::move(tape), views.weights(slopes));
    }
    if constexpr (Has::has_replay) {
      report.replay_loss = parts_.replay().learn(model, step, seed.fork(0));
    }
    StepReport const taken = stepper_.step(model);
    report.rate = taken.rate;
    report.gradient_norm = taken.gradient_norm;
    return report;
  }

  L loss_;
  S stepper_;
  PreferenceOptions options_;
  Has parts_;
  double mean_consistency_ = 1;
};

} // namespace srlm
