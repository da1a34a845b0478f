/// Makes the models: M0 -> M1 once, then M1 -> M2 -> M3 by each judge. Everything goes through journals, so the same
/// command goes on where a killed one stopped.
#include "constraints.hpp"
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/progress.hpp>
#include <srlm/srlm.hpp>
#include <srlm/train/supervised_start.hpp>

namespace real_model {

using Model = srlm::LanguageModel<srlm::EigenBackend>;

bool is_made(Settings const& s, std::string const& name) {
  return std::filesystem::exists(s.place(name) / "model.safetensors");
}

srlm::AdamWOptions adamw(srlm::Schedule::Shape shape, double rate, double final_rate) {
  srlm::AdamWOptions options;
  options.schedule = {shape, rate, final_rate, 0};
  return options;
}

/// M1 = SFT(M0, IFT + EFT), as in the paper. Then M1 answers the prompts of the first turn, which all arms share.
void make_start(Settings const& s, srlm::EigenBackend& backend, Split const& split, srlm::Progress& progress) {
  srlm::observe::RunFolder const folder(s.place("start"));
  srlm::JournalFile journal(folder, s.identity("start"));
  srlm::Turn const start(0, journal, progress);
  srlm::SupervisedTrainer trainer{
      srlm::AdamW(backend, adamw(srlm::supervised_schedule.shape, s.sft_rate, s.sft_final_rate)),
      {.epochs = 1, .batch = 8, .micro_batch = 8}};
  if (!is_made(s, "M1")) {
    std::vector<srlm::SeedExample> const seeds = srlm::read_seeds(s.seeds);
    srlm::EftData eft;
    {
      Model baseline = srlm::load_model(backend, s.model);
      srlm::LlmJudge judge{srlm::AdditiveRubric{}, s.judge(1)};
      std::span<srlm::SeedExample const> const some(seeds.data(), std::min(seeds.size(), s.eft_seeds));
      eft = srlm::judgement_data(start, baseline, judge, trainer, some, s.stream(1));
    }
    progress.say("EFT: " + std::to_string(eft.examples.size()) + " judgements");
    Model policy = srlm::load_model(backend, s.model);
    srlm::supervised_start(start, policy, trainer, seeds, eft, s.stream(1));
    srlm::save_hugging_face(policy, s.place("M1").string());
  }
  Model policy = srlm::load_model(backend, s.place("M1").string());
  srlm::Turn const first(1, journal, progress);
  srlm::FixedPrompts prompts(split.train_prompts());
  auto const x = srlm::new_prompts(first, policy, prompts, s.prompts, s.stream(2));
  srlm::sample_candidates(first, policy, x, 4, s.sampling(), s.stream(3));
}

/// Tells an arm's journal what M1 has answered already.
void share_first_answers(Settings const& s, srlm::JournalFile& arm) {
  auto const start = srlm::observe::read_journal((s.place("start") / "journal.jsonl").string());
  auto const share = [&]<class Unit>(std::type_identity<Unit>, srlm::Stage stage) {
    for (auto const& [key, unit] : start.all<std::vector<Unit>>(stage)) {
      if (std::vector<Unit> known; key.t == 1 && !arm.recall(key, known)) {
        arm.record(key, unit);
      }
    }
  };
  share(std::type_identity<srlm::Prompt>{}, srlm::Stage::prompts);
  share(std::type_identity<srlm::JudgedGroup>{}, srlm::Stage::candidates);
}

/// M1 -> M2 -> ... by one judge: the whole of an arm.
template <class Judge>
void make_arm(Settings const& s, srlm::EigenBackend& backend, Split const& split, std::string const& name, Judge judge,
              srlm::Progress& progress) {
  if (is_made(s, name + "/M" + std::to_string(s.turns + 1))) {
    return;
  }
  srlm::observe::RunFolder const folder(s.place(name));
  srlm::JournalFile journal(folder, s.identity(name));
  share_first_answers(s, journal);
  Model policy = srlm::load_model(backend, s.place("M1").string());
  srlm::FixedPrompts prompts(split.train_prompts());
  srlm::PreferenceTrainer dpo{
      srlm::DpoLoss{},
      srlm::AdamW(backend, adamw(srlm::preference_schedule.shape, s.dpo_rate, s.dpo_final_rate)),
      {.epochs = s.epochs, .batch = 4, .micro_batch = 4}};
  auto const keep = [&](srlm::IterationEnded const& e) {
    std::string const made = name + "/M" + std::to_string(e.t + 1);
    if (e.policy_is_here && !is_made(s, made)) {
      srlm::save_hugging_face(policy, s.place(made).string());
    }
  };
  progress.say("arm " + name);
  srlm::Control const ended = srlm::self_rewarding(
      policy, prompts, judge, srlm::BestVersusWorst{}, dpo,
      {.iterations = s.turns, .prompts = s.prompts, .candidates = 4, .sampling = s.sampling(), .seed = s.stream(4)},
      journal, progress, keep);
  if (ended == srlm::Control::stop) {
    progress.say("arm " + name + " ends early: its judge's scores gave no pair");
  }
}

void make_models(Settings const& s) {
  srlm::EigenBackend backend(s.threads);
  srlm::Progress progress(false);
  Split const split = split_of(s);
  make_start(s, backend, split, progress);
  srlm::InstructionScore const kept(split.train);
  for (std::string const& arm : s.arms) {
    if (arm == "self") {
      make_arm(s, backend, split, arm, srlm::LlmJudge{srlm::AdditiveRubric{}, s.judge(s.votes)}, progress);
    } else if (arm == "function") {
      make_arm(s, backend, split, arm, srlm::FunctionJudge{kept}, progress);
    } else {
      make_arm(s, backend, split, arm, DealtScores{kept}, progress);
    }
  }
}

} // namespace real_model
