/// The steps of a training stage, whatever is learned: where to begin after a kill, what to report, when to write a
/// checkpoint and when to end. Both trainers use it.
#pragma once
#include <srlm/concepts/stepper.hpp>
#include <srlm/concepts/turn.hpp>

namespace srlm {

/// How long a stage is and how often the disk hears of it.
struct StagePlan {
  Stage stage;
  std::size_t steps;
  std::size_t checkpoint_every;
  std::size_t state_every = 1; ///< checkpoints only after multiples of it: where the trainer has no state of its own
};

/// one_step(step) changes the model and says what it did. last: the report of the last step taken.
template <class M, class S, class HeldOut, class Turn, class Step>
Control run_steps(Turn const& turn, StagePlan const& plan, M& model, S& stepper, HeldOut& held_out, StepTaken& last,
                  Step&& one_step) {
  static_assert(Stepper<S, M>, "srlm: a stepper needs  void begin(std::size_t steps)  and  StepReport step(Model&)");
  stepper.begin(plan.steps);
  std::size_t const begin = turn.resume(plan.stage, plan.steps, model, stepper);
  held_out.begin(turn, plan.stage, begin, model);
  bool ends = begin >= plan.steps;
  for (std::size_t step = begin; !ends; ++step) {
    last = one_step(step);
    last.t = turn.t();
    last.stage = plan.stage;
    last.step = step;
    last.steps = plan.steps;
    bool const enough = held_out.after(last, model);
    Control const control = turn.took(last);
    std::size_t const done = step + 1;
    ends = done == plan.steps || enough;
    if (ends) {
      held_out.finish(model);
      turn.keep(plan.stage, plan.steps, plan.steps, model, stepper);
      held_out.forget();
    } else if (done % plan.state_every == 0 &&
               (done % plan.checkpoint_every == 0 || plan.state_every > 1 || control == Control::stop)) {
      turn.keep(plan.stage, done, plan.steps, model, stepper);
    }
    if (control == Control::stop) {
      return Control::stop;
    }
  }
  return Control::proceed;
}

} // namespace srlm
