/// Turn: what every step of turn t may use: its number, the journal that remembers units of work, and the observers.
#pragma once
#include <srlm/concepts/journal.hpp>
#include <srlm/concepts/observer.hpp>
#include <srlm/concepts/policy.hpp>
#include <srlm/core/error.hpp>
#include <tuple>

namespace srlm {

template <Journal J, class... Os>
class Turn {
 public:
  Turn(int t, J& journal, Os&... observers) : t_(t), journal_(&journal), observers_(observers...) {}

  int t() const { return t_; }
  J& journal() const { return *journal_; }

  /// Tells all observers. stop: one of them, now or earlier, wants the run to end after the current unit of work.
  template <class Event>
  Control notify(Event const& event) const {
    Control const control =
        std::apply([&](auto&... observers) { return srlm::notify(event, observers...); }, observers_);
    stopped_ = stopped_ || control == Control::stop;
    return stopped_ ? Control::stop : Control::proceed;
  }

  bool stopped() const { return stopped_; }

  /// Whether the run's last checkpoint belongs to a later stage than this turn's `stage`. Then that stage will load the
  /// policy, and the one in memory is an earlier one: neither to be saved nor to be measured.
  bool is_past(Stage stage) const {
    auto const latest = journal_->latest_checkpoint();
    return latest && std::pair(t_, stage) < std::pair(latest->t, latest->stage);
  }

  /// The unit's result: recalled if it was recorded, else computed and recorded.
  template <class T, class Compute>
  T once(Stage stage, std::size_t index, Compute&& compute) const {
    T value;
    UnitKey const key{t_, stage, index};
    if (!journal_->recall(key, value)) {
      value = compute();
      journal_->record(key, value);
    }
    return value;
  }

  /// How many steps of a training stage are done. If the run's last checkpoint is in this stage, policy and stepper are
  /// as they were there; if it is in a later stage, all steps are done and that stage will load it.
  template <class P, class S>
  std::size_t resume(Stage stage, std::size_t steps, P& policy, S& stepper) const {
    if constexpr (Checkpointed<P> && Checkpointed<S>) {
      auto const latest = journal_->latest_checkpoint();
      if (is_past(stage)) {
        return steps;
      }
      if (latest && latest->t == t_ && latest->stage == stage) {
        std::filesystem::path const path = *journal_->checkpoint_path(*latest);
        policy.load_checkpoint(path / "policy.safetensors");
        if (latest->index < steps) {
          stepper.load_checkpoint(path / "stepper.safetensors");
        }
        return latest->index;
      }
    }
    return 0;
  }

  /// Writes a checkpoint after `done` steps of `steps`, if policy and stepper can and the journal has a place.
  template <class P, class S>
  void keep(Stage stage, std::size_t done, std::size_t steps, P const& policy, S const& stepper) const {
    if constexpr (Checkpointed<P> && Checkpointed<S>) {
      UnitKey const key{t_, stage, done};
      if (auto const path = journal_->checkpoint_path(key)) {
        policy.save_checkpoint(*path / "policy.safetensors");
        if (done < steps) {
          stepper.save_checkpoint(*path / "stepper.safetensors");
        }
        journal_->commit_checkpoint(key);
      }
    }
  }

  /// A step's report: recorded, or compared with what was recorded when the run was here before. Then the observers
  /// hear of it.
  Control took(StepTaken const& step) const {
    StepTaken before;
    UnitKey const key{t_, step.stage, step.step};
    if (!journal_->recall(key, before)) {
      journal_->record(key, step);
    } else if (before.loss != step.loss) {
      throw Error("step " + std::to_string(step.step) + " of " + std::string(name_of(step.stage)) + " in turn " +
                      std::to_string(t_),
                  "the loss " + std::to_string(step.loss),
                  std::to_string(before.loss) + ", which the journal recorded before the run was interrupted");
    }
    return notify(step);
  }

 private:
  int t_;
  J* journal_;
  std::tuple<Os&...> observers_;
  mutable bool stopped_ = false;
};

} // namespace srlm
