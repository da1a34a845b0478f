/// Preference training: turns pairs into a better policy by any PreferenceLoss (section 2.3: DPO).
#pragma once
#include <srlm/concepts/preference_loss.hpp>
#include <srlm/concepts/stepper.hpp>
#include <srlm/concepts/turn.hpp>
#include <srlm/train/batches.hpp>
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
};

template <PreferenceLoss L, class S>
class PreferenceTrainer {
 public:
  static constexpr bool keeps_checkpoints = Checkpointed<S>;

  PreferenceTrainer(L loss, S stepper, PreferenceOptions options = {})
      : loss_(loss), stepper_(std::move(stepper)), options_(options) {}

  /// Trains in place on pairs that carry their reference log-probabilities. Returns whether to go on.
  /// Throws: Error when the first loss shows a wrong reference, or a loss is not finite.
  template <DifferentiableLogProbModel M, class Turn>
  Control fit(M& model, std::span<PreferencePair const> pairs, Seed seed, Turn const& turn) {
    static_assert(Stepper<S, M>, "srlm: a stepper needs  void begin(std::size_t steps)  and  StepReport step(Model&)");
    require(!pairs.empty(), "preference training", "no pairs", "at least one");
    require(options_.batch > 0 && options_.micro_batch > 0, "preference training", "a batch of 0", "at least 1");
    BatchPlan const plan{pairs.size(), options_.batch, options_.epochs};
    stepper_.begin(plan.steps());
    std::size_t const begin = turn.resume(Stage::preference, plan.steps(), model, stepper_);
    for (std::size_t step = begin; step < plan.steps(); ++step) {
      StepTaken report = one_step(model, pairs, plan.indices(step, seed), step == 0);
      report.t = turn.t();
      report.stage = Stage::preference;
      report.step = step;
      report.steps = plan.steps();
      Control const control = turn.took(report);
      if ((step + 1) % options_.checkpoint_every == 0 || step + 1 == plan.steps() || control == Control::stop) {
        turn.keep(Stage::preference, step + 1, plan.steps(), model, stepper_);
      }
      if (control == Control::stop) {
        return Control::stop;
      }
    }
    return Control::proceed;
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

  /// Pair by pair: errors of opposite sign would cancel in the mean.
  void check_reference(PairLogProbs const& p, double value, std::size_t pair) const {
    PairLogProbs at_start = p;
    at_start.chosen = p.reference_chosen;
    at_start.rejected = p.reference_rejected;
    double const expected = loss_(at_start).value;
    if (!(std::abs(value - expected) <= 1e-6 * (1 + std::abs(expected)))) {
      throw Error("the first preference loss of a stage, pair " + std::to_string(pair), std::to_string(value),
                  std::to_string(expected) +
                      ", its value where the policy equals the reference: the recorded "
                      "reference is not the policy that training starts from");
    }
  }

  template <class M>
  StepTaken one_step(M& model, std::span<PreferencePair const> pairs, std::vector<std::size_t> const& batch,
                     bool is_first) {
    StepTaken report;
    double const share = 1.0 / static_cast<double>(batch.size()), beta = reward_scale();
    for (std::size_t first = 0; first < batch.size(); first += options_.micro_batch) {
      auto const members = std::span(batch).subspan(first, std::min(options_.micro_batch, batch.size() - first));
      std::vector<SequenceView> views; // chosen, rejected, chosen, ...: the shared prompt is computed once
      for (std::size_t i : members) {
        views.push_back({pairs[i].prompt.tokens, pairs[i].chosen.tokens});
        views.push_back({pairs[i].prompt.tokens, pairs[i].rejected.tokens});
      }
      auto tape = model.forward(views);
      std::span<float const> const log_probs = tape.log_probs();
      std::vector<float> weight;
      for (std::size_t k = 0; k < members.size(); ++k) {
        PreferencePair const& pair = pairs[members[k]];
        PairLogProbs const p{
            static_cast<double>(log_probs[2 * k]),          static_cast<double>(log_probs[2 * k + 1]),
            static_cast<double>(pair.reference_chosen),     static_cast<double>(pair.reference_rejected),
            static_cast<double>(pair.chosen.tokens.size()), static_cast<double>(pair.rejected.tokens.size())};
        PairLoss const l = loss_(p);
        require(std::isfinite(l.value), "preference training", "a loss that is not finite",
                "finite weights and log-probabilities");
        if (is_first && options_.reference_is_start) {
          check_reference(p, l.value, members[k]);
        }
        weight.push_back(static_cast<float>(share * l.d_chosen));
        weight.push_back(static_cast<float>(share * l.d_rejected));
        double const chosen = beta * (p.chosen - p.reference_chosen),
                     rejected = beta * (p.rejected - p.reference_rejected);
        report.loss += share * l.value;
        report.chosen_reward += share * chosen;
        report.rejected_reward += share * rejected;
        report.margin += share * (chosen - rejected);
        report.accuracy += chosen > rejected ? share : 0;
        report.chosen_log_prob += share * p.chosen;
        report.rejected_log_prob += share * p.rejected;
        report.tokens += pair.chosen.tokens.size() + pair.rejected.tokens.size();
      }
      model.backward(std::move(tape), weight);
    }
    StepReport const step = stepper_.step(model);
    report.rate = step.rate;
    report.gradient_norm = step.gradient_norm;
    return report;
  }

  L loss_;
  S stepper_;
  PreferenceOptions options_;
};

} // namespace srlm
