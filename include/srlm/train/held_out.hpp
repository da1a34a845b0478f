/// Early stopping and the choice of a checkpoint on held-out data (section 3.1.3: every 200 steps, generations compared
/// with the previous checkpoint's). What is measured says by its type which way is better, so that the rule cannot be
/// inverted by mistake: a bare number does not compile.
#pragma once
#include <srlm/concepts/turn.hpp>
#include <cmath>
#include <concepts>
#include <optional>
#include <type_traits> // invoke_result_t

namespace srlm {

/// A score, a share of wins, an accuracy.
struct HigherIsBetter {
  double value;
  explicit constexpr HigherIsBetter(double v) : value(v) {}
  friend constexpr bool is_better(HigherIsBetter a, HigherIsBetter b) { return a.value > b.value; }
};

/// A loss, a perplexity, a rate of failures.
struct LowerIsBetter {
  double value;
  explicit constexpr LowerIsBetter(double v) : value(v) {}
  friend constexpr bool is_better(LowerIsBetter a, LowerIsBetter b) { return a.value < b.value; }
};

/// every: 200 (section 3.1.3). patience: how many measurements without a new best end the stage; the paper does not
/// state it.
struct HeldOutOptions {
  std::size_t every = 200, patience = 2;
  std::filesystem::path folder = {}; ///< where the best policy of the stage is kept meanwhile
};

/// A part of a trainer. F: HigherIsBetter or LowerIsBetter of (policy), or an optional of them: nothing measured (no
/// usable verdict, say) is never a new best. Every `every` steps and after the last one the
/// policy is measured; the stage ends early after `patience` measurements without a new best, and the policy that
/// leaves the stage is the best one. Equal measurements leave the earlier one the best. The policy must be
/// Checkpointed.
template <class F>
class BestOnHeldOut {
 public:
  static constexpr bool is_held_out = true;

  /// Throws: Error for 0 steps or no folder.
  BestOnHeldOut(F measure, HeldOutOptions options) : measure_(std::move(measure)), options_(std::move(options)) {
    require(options_.every > 0, "held-out measurement", "every 0 steps", "at least 1");
    require(options_.patience > 0, "held-out measurement", "a patience of 0", "at least 1");
    require(!options_.folder.empty(), "held-out measurement", "no folder", "one where the best policy can be kept");
  }

  /// A stage begins, or goes on behind `done` steps: what they measured is in the journal.
  template <class Turn, class P>
  void begin(Turn const& turn, Stage stage, std::size_t done, P&) {
    best_.reset();
    since_best_ = 0;
    file_ = options_.folder / ("best_" + std::to_string(turn.t()) + "_" + std::string(name_of(stage)) + ".safetensors");
    for (std::size_t step = 0; step < done; ++step) {
      StepTaken before;
      if (turn.journal().recall({turn.t(), stage, step}, before) && is_due(before)) {
        count<Measured<P>>(before.held_out);
      }
    }
  }

  /// Measures where a measurement is due. Returns whether the stage has seen enough.
  template <class P>
  bool after(StepTaken& step, P& policy) {
    if (!is_due(step)) {
      return false;
    }
    if (std::optional<Measured<P>> const measured = measure_(policy)) {
      step.held_out = measured->value;
      if (!std::isfinite(measured->value)) {
        throw Error("held-out measurement after step " + std::to_string(step.step + 1), std::to_string(*step.held_out),
                    "a finite number");
      }
    }
    if (count<Measured<P>>(step.held_out)) {
      std::filesystem::create_directories(options_.folder);
      policy.save_checkpoint(file_);
    }
    return since_best_ >= options_.patience;
  }

  /// The best policy, where it is not the one in memory.
  template <class P>
  void finish(P& policy) {
    if (best_ && since_best_ > 0) {
      policy.load_checkpoint(file_);
    }
  }

  /// The stage's end is on the disk elsewhere.
  void forget() const {
    std::error_code ignored;
    std::filesystem::remove(file_, ignored);
  }

 private:
  template <class T>
  struct ValueOf {
    using type = T;
  };
  template <class T>
  struct ValueOf<std::optional<T>> {
    using type = T;
  };
  template <class P>
  struct MeasuredBy {
    using type = typename ValueOf<std::invoke_result_t<F&, P&>>::type;
    static_assert(Checkpointed<P>, "srlm: choosing a checkpoint needs a policy with save_checkpoint, load_checkpoint");
    static_assert(
        std::same_as<type, HigherIsBetter> || std::same_as<type, LowerIsBetter>,
        "srlm: a held-out measurement returns srlm::HigherIsBetter or srlm::LowerIsBetter, not a bare number");
  };
  template <class P>
  using Measured = typename MeasuredBy<P>::type;

  bool is_due(StepTaken const& step) const {
    return (step.step + 1) % options_.every == 0 || step.step + 1 == step.steps;
  }

  /// Whether this is a new best.
  template <class M>
  bool count(std::optional<double> const& value) {
    bool const is_best = value && (!best_ || is_better(M(*value), M(*best_)));
    since_best_ = is_best ? 0 : since_best_ + 1;
    best_ = is_best ? value : best_;
    return is_best;
  }

  F measure_;
  HeldOutOptions options_;
  std::optional<double> best_;
  std::size_t since_best_ = 0;
  std::filesystem::path file_;
};

} // namespace srlm
