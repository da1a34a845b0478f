/// The supervised start, M0 -> M1 (sections 2.1 and 2.4): instruction fine-tuning data, judgements that agree with
/// people, and fine-tuning on both.
#pragma once
#include <srlm/data/eft_builder.hpp>
#include <srlm/data/ift.hpp>
#include <srlm/judge/llm_judge.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/supervised.hpp>

namespace srlm {

/// EFT: the SFT baseline, M0 fine-tuned on IFT alone, judges every answer of the seeds; what agrees with the human
/// ranking is kept and the most common score thinned (section 3.1.1). baseline comes in as M0 and is used up. Empty
/// when an observer stopped the turn.
template <Policy P, Rubric R, class Trainer, class Turn>
EftData judgement_data(Turn const& turn, P& baseline, LlmJudge<R>& judge, Trainer& trainer,
                       std::span<SeedExample const> seeds, Seed seed, EftOptions const& options = {}) {
  auto const& tokenizer = std::as_const(baseline).tokenizer();
  auto const ift = instruction_tuning_examples(tokenizer, seeds);
  trainer.fit(baseline, ift, seed.fork(0), Stage::instruction_tuning, turn);
  std::vector<JudgedGroup> groups = eft_groups(tokenizer, seeds);
  judge_candidates(turn, baseline, judge, groups, seed.fork(1), Stage::judgement_data);
  return turn.stopped() ? EftData{} : build_eft(tokenizer, judge.rubric(), seeds, groups, seed.fork(2), options);
}

/// M1 = SFT(M0, IFT + EFT). Returns the last step's report; of no step when an observer stopped the turn.
template <Policy P, class Trainer, class Turn>
StepTaken supervised_start(Turn const& turn, P& policy, Trainer& trainer, std::span<SeedExample const> seeds,
                           EftData const& eft, Seed seed) {
  if (turn.stopped()) {
    return {};
  }
  auto examples = instruction_tuning_examples(std::as_const(policy).tokenizer(), seeds);
  examples.insert(examples.end(), eft.examples.begin(), eft.examples.end());
  return trainer.fit(policy, examples, seed.fork(3), Stage::supervised, turn);
}

} // namespace srlm
