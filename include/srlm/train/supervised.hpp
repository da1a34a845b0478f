/// Supervised fine-tuning: cross-entropy on the response tokens only (section 3.1.3).
#pragma once
#include <srlm/train/batches.hpp>
#include <srlm/train/likelihood.hpp>
#include <srlm/train/run_steps.hpp>
#include <srlm/train/trainer_parts.hpp>

namespace srlm {

/// batch: 16 (section 3.1.3); epochs are not stated in the paper.
struct SupervisedOptions {
  std::size_t epochs = 3, batch = 16;
  std::size_t micro_batch = 4; ///< sequences whose activations are kept at once; changes speed, memory and rounding
  std::size_t checkpoint_every = 50; ///< steps; the end of a stage is always kept
};

/// parts: BestOnHeldOut, or none.
template <class S, class... Parts>
class SupervisedTrainer {
 public:
  static constexpr bool keeps_checkpoints = Checkpointed<S>;

  explicit SupervisedTrainer(S stepper, SupervisedOptions options = {}, Parts... parts)
      : stepper_(std::move(stepper)), options_(options), parts_(std::move(parts)...) {}

  /// Trains in place. stage: under which name steps are reported and recorded. Returns the last step's report.
  /// Throws: Error for no examples, an empty response, or a loss that is not finite.
  template <DifferentiableLogProbModel M, class Turn>
  StepTaken fit(M& model, std::span<SupervisedExample const> examples, Seed seed, Stage stage, Turn const& turn) {
    require(!examples.empty(), "supervised training", "no examples", "at least one");
    require(options_.batch > 0 && options_.micro_batch > 0, "supervised training", "a batch of 0", "at least 1");
    BatchPlan const batches{examples.size(), options_.batch, options_.epochs};
    StepTaken last;
    StagePlan const plan{stage, batches.steps(), options_.checkpoint_every};
    auto const one_step = [&](std::size_t step) {
      StepTaken report;
      Likelihood const learned = learn_likelihood(model, examples, batches.indices(step, seed), options_.micro_batch);
      report.loss = learned.loss;
      report.tokens = learned.tokens;
      StepReport const taken = stepper_.step(model);
      report.rate = taken.rate;
      report.gradient_norm = taken.gradient_norm;
      return report;
    };
    run_steps(turn, plan, model, stepper_, parts_.held_out(), last, one_step);
    return last;
  }

  /// Without a journal or observers.
  template <DifferentiableLogProbModel M>
  StepTaken fit(M& model, std::span<SupervisedExample const> examples, Seed seed) {
    NoJournal journal;
    return fit(model, examples, seed, Stage::supervised, Turn<NoJournal>(0, journal));
  }

 private:
  S stepper_;
  SupervisedOptions options_;
  TrainerParts<Parts...> parts_;
};

} // namespace srlm
