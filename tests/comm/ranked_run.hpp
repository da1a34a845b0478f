/// The whole road M0 -> M2 (a supervised start and two turns) on any number of ranks, for every kind of communicator.
#pragma once
#include "../loop/one_turn.hpp"
#include <srlm/observe/sharded_journal.hpp>
#include <srlm/train/data_parallel.hpp>

namespace ranked {

using namespace srlm;

/// Calls die() after so many lines of the journal; 0: never.
template <class C, class Die>
struct MortalJournal {
  ShardedJournal<C>& journal;
  std::size_t lives;
  Die die;

  template <class T>
  bool recall(UnitKey const& key, T& value) {
    return journal.recall(key, value);
  }
  template <class T>
  void record(UnitKey const& key, T const& value) {
    journal.record(key, value);
    live();
  }
  auto checkpoint_path(UnitKey const& key) { return journal.checkpoint_path(key); }
  void commit_checkpoint(UnitKey const& key) {
    journal.commit_checkpoint(key);
    live();
  }
  auto latest_checkpoint() { return journal.latest_checkpoint(); }
  void live() {
    if (lives > 0 && --lives == 0) {
      die();
    }
  }
};

template <class P, class B, class C, class J>
void road(P& model, B& backend, C& ranks, J& journal) {
  DataParallel policy(model, backend, ranks, 4);
  AdamWOptions rates;
  rates.schedule = {Schedule::Shape::constant, 1e-2, 0, 0};
  SupervisedTrainer sft{DataParallelStepper(AdamW(backend, rates), ranks),
                        {.epochs = 20, .batch = 4, .micro_batch = 4, .checkpoint_every = 5}};
  sft.fit(policy, turn::short_answers(model.tokenizer()), Seed{2}, Stage::supervised, Turn(0, journal));
  rates.schedule = {Schedule::Shape::constant, 1e-3, 0, 0};
  PreferenceTrainer dpo{DpoLoss{},
                        DataParallelStepper(AdamW(backend, rates), ranks),
                        {.epochs = 2, .batch = 6, .micro_batch = 4, .checkpoint_every = 2}};
  FixedPrompts prompts(turn::texts);
  LlmJudge judge(turn::AnyTextRubric{}, LlmJudgeOptions{2, {1.0f, 1.0f, 6}, 0});
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo, {2, 20, 4, {1.0f, 1.0f, 12}, Seed{11}}, journal);
}

} // namespace ranked
