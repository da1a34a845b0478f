/// The preference training of a run: one type for all that can be chosen on the command line.
#pragma once
#include "chosen_reference.hpp"
#include "optional_held_out.hpp"
#include "optional_replay.hpp"
#include "run_options.hpp"
#include <srlm/optim/adamw.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/steps.hpp>

namespace srlm::cli {

/// The mean score of greedy answers to some prompts, by the run's judge; nullopt where no verdict is usable.
struct MeanHeldOutScore {
  std::vector<Prompt> prompts;
  AnyJudge judge;
  Sampling sampling;
  Seed seed;

  std::optional<HigherIsBetter> operator()(Model& model) {
    NoJournal journal;
    Turn const turn(0, journal);
    auto groups = sample_candidates(turn, model, prompts, 1, sampling, seed.fork(0));
    judge_candidates(turn, model, judge, groups, seed.fork(1));
    double sum = 0, scored = 0;
    for (JudgedGroup const& group : groups) {
      sum += static_cast<double>(group.scores.front().value_or(0));
      scored += group.scores.front() ? 1 : 0;
    }
    return scored > 0 ? std::optional(HigherIsBetter(sum / scored)) : std::nullopt;
  }
};

/// An ordinary PreferenceOptimizer.
class RunOptimizer {
 public:
  using Trainer = PreferenceTrainer<AnyLoss, AdamW<AnyBackend>, OptionalReplay, OptionalHeldOut<MeanHeldOutScore>>;
  static constexpr bool keeps_checkpoints = Trainer::keeps_checkpoints;

  RunOptimizer(Trainer trainer, double tail_weight, ChosenReference reference)
      : trainer_(std::move(trainer)), tail_weight_(tail_weight), reference_(std::move(reference)) {}

  void record_reference(Model& policy, std::span<PreferencePair> pairs) {
    reference_.record(policy, pairs, tail_weight_);
  }
  template <class Turn>
  Control fit(Model& policy, std::span<PreferencePair const> pairs, Seed seed, Turn const& turn) {
    return trainer_.fit(policy, pairs, seed, turn);
  }
  void fit(Model& policy, std::span<PreferencePair const> pairs, Seed seed) { trainer_.fit(policy, pairs, seed); }

 private:
  Trainer trainer_;
  double tail_weight_;
  ChosenReference reference_;
};
static_assert(PreferenceOptimizer<RunOptimizer, Model>);

} // namespace srlm::cli
