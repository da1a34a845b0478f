/// The start of one seed: M0 from nothing, the SFT baseline, and M1 (sections 2.1, 3.1.1 and 3.1.3).
#pragma once
#include "word_model.hpp"
#include <srlm/optim/adamw.hpp>
#include <srlm/train/supervised_start.hpp>

namespace miniature {

/// What every arm of a seed begins with.
struct Start {
  WordModel m0, sft, m1;
  srlm::EftData eft;
  std::vector<srlm::SupervisedExample> ift, seed_rows; ///< seed_rows: IFT and EFT

  Start(srlm::EigenBackend& backend, Settings const& s) : m0(backend, s), sft(backend, s), m1(backend, s) {}
};

inline srlm::SupervisedTrainer<srlm::AdamW<srlm::EigenBackend>> supervised(srlm::EigenBackend& backend, double rate,
                                                                           std::size_t epochs, std::size_t batch) {
  srlm::AdamWOptions const options{.schedule = {srlm::Schedule::Shape::cosine, rate, rate / 10, 20}};
  return srlm::SupervisedTrainer{srlm::AdamW(backend, options), {epochs, batch, batch}};
}

inline void train_base(WordModel& m0, Division const& division, Settings const& s, srlm::Seed seed) {
  srlm::initialise(m0, seed.fork(0), 0.05f);
  auto const allowed = std::span(division.all).subspan(600);
  auto rows = base_text(m0.tokenizer(), allowed, s.early_rows, s, {s.early_right, s.early_well_formed}, seed.fork(1));
  supervised(m0.backend(), s.base_rate, 1, s.base_batch).fit(m0, rows, seed.fork(2));
  rows = base_text(m0.tokenizer(), allowed, s.late_rows, s, {s.late_right, s.late_well_formed}, seed.fork(3));
  supervised(m0.backend(), s.base_rate / 2, 1, s.base_batch).fit(m0, rows, seed.fork(4));
}

/// From M0 on; start.m0 is there.
inline void make_start(Start& start, Division const& division, Settings const& s, srlm::Seed seed) {
  srlm::EigenBackend& backend = start.m0.backend();
  auto const written = seeds(division, s, seed.fork(0));
  start.ift = srlm::instruction_tuning_examples(start.m0.tokenizer(), std::span<srlm::SeedExample const>(written));
  auto const trainer = [&] { return supervised(backend, s.sft_rate, s.sft_epochs, s.sft_batch); };
  srlm::NoJournal journal;
  srlm::Turn<srlm::NoJournal> const turn(0, journal);
  srlm::LlmJudge judge{CheckRubric{}, {1, {0.7f, 0.9f, Settings::verdict_tokens}}};
  start.sft.copy(start.m0);
  auto baseline_trainer = trainer();
  start.eft = srlm::judgement_data(turn, start.sft, judge, baseline_trainer, written, seed.fork(1));
  start.m1.copy(start.m0);
  auto first_trainer = trainer();
  srlm::supervised_start(turn, start.m1, first_trainer, written, start.eft, seed.fork(1));
  start.seed_rows = start.ift;
  start.seed_rows.insert(start.seed_rows.end(), start.eft.examples.begin(), start.eft.examples.end());
}

} // namespace miniature
