/// Supervised fine-tuning: cross-entropy on the response tokens only (section 3.1.3). One scalar a sequence is enough:
/// the loss is -sum_i log p(y_i | x_i) / (response tokens of the batch), so every weight is the same number.
#pragma once
#include <srlm/concepts/stepper.hpp>
#include <srlm/concepts/turn.hpp>
#include <srlm/data/supervised_example.hpp>
#include <srlm/train/batches.hpp>
#include <cmath>

namespace srlm {

/// batch: 16 (section 3.1.3); epochs are not stated in the paper.
struct SupervisedOptions {
  std::size_t epochs = 3, batch = 16;
  std::size_t micro_batch = 4; ///< sequences whose activations are kept at once; changes speed, memory and rounding
  std::size_t checkpoint_every = 50; ///< steps; the end of a stage is always kept
};

template <class S>
class SupervisedTrainer {
 public:
  explicit SupervisedTrainer(S stepper, SupervisedOptions options = {})
      : stepper_(std::move(stepper)), options_(options) {}

  /// Trains in place. stage: under which name steps are reported and recorded. Returns the last step's report.
  /// Throws: Error for no examples, an empty response, or a loss that is not finite.
  template <DifferentiableLogProbModel M, class Turn>
  StepTaken fit(M& model, std::span<SupervisedExample const> examples, Seed seed, Stage stage, Turn const& turn) {
    static_assert(Stepper<S, M>, "srlm: a stepper needs  void begin(std::size_t steps)  and  StepReport step(Model&)");
    require(!examples.empty(), "supervised training", "no examples", "at least one");
    require(options_.batch > 0 && options_.micro_batch > 0, "supervised training", "a batch of 0", "at least 1");
    BatchPlan const plan{examples.size(), options_.batch, options_.epochs};
    stepper_.begin(plan.steps());
    std::size_t const begin = turn.resume(stage, plan.steps(), model, stepper_);
    StepTaken report;
    for (std::size_t step = begin; step < plan.steps(); ++step) {
      report = one_step(model, examples, plan.indices(step, seed));
      report.t = turn.t();
      report.stage = stage;
      report.step = step;
      report.steps = plan.steps();
      Control const control = turn.took(report);
      if ((step + 1) % options_.checkpoint_every == 0 || step + 1 == plan.steps() || control == Control::stop) {
        turn.keep(stage, step + 1, plan.steps(), model, stepper_);
      }
      if (control == Control::stop) {
        break;
      }
    }
    return report;
  }

 private:
  template <class M>
  StepTaken one_step(M& model, std::span<SupervisedExample const> examples, std::vector<std::size_t> const& batch) {
    StepTaken report;
    for (std::size_t i : batch) {
      report.tokens += examples[i].response.tokens.size();
    }
    require(report.tokens > 0, "supervised training", "a batch whose responses are all empty", "response tokens");
    float const weight = -1.0f / static_cast<float>(report.tokens);
    for (std::size_t first = 0; first < batch.size(); first += options_.micro_batch) {
      std::vector<SequenceView> views;
      for (std::size_t k = first; k < std::min(first + options_.micro_batch, batch.size()); ++k) {
        SupervisedExample const& example = examples[batch[k]];
        views.push_back({example.prompt.tokens, example.response.tokens});
      }
      auto tape = model.forward(views);
      for (float log_prob : std::span<float const>(tape.log_probs())) {
        report.loss -= static_cast<double>(log_prob) / static_cast<double>(report.tokens);
      }
      require(std::isfinite(report.loss), "supervised training", "a loss that is not finite",
              "finite weights and log-probabilities");
      model.backward(std::move(tape), std::vector<float>(views.size(), weight));
    }
    StepReport const step = stepper_.step(model);
    report.rate = step.rate;
    report.gradient_norm = step.gradient_norm;
    return report;
  }

  S stepper_;
  SupervisedOptions options_;
};

} // namespace srlm
