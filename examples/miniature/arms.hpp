/// The arms of the experiment: the paper's loop, what must not work, and what others changed. Each is a few types.
#pragma once
#include "lab.hpp"

namespace miniature {

struct Arm {
  std::string_view name, what;
  int turns;     ///< 2: M1 -> M3
  bool with_eft; ///< it begins with M1 of the paper; else with the SFT baseline, which learned from IFT alone
  void (*run)(Lab&);
};

using srlm::BestVersusWorst;
using srlm::UnfinishedAnswers;

/// With the paper's pair rule and DPO: another judge, or another size of step.
template <class Judge>
void with_judge(Lab& lab, Judge judge, double times = 1) {
  lab.loop(std::move(judge), BestVersusWorst{}, lab.dpo(times));
}

inline constexpr Arm arms[] = {
    {"self_rewarding", "the paper: self-judge, best against worst, DPO; two turns more than the paper's", 4, true,
     [](Lab& lab) { with_judge(lab, lab.self()); }},
    {"no_eft", "from the SFT baseline, which was not taught to judge", 2, false,
     [](Lab& lab) { with_judge(lab, lab.self()); }},
    {"oracle", "the judge is the truth", 2, true, [](Lab& lab) { with_judge(lab, srlm::FunctionJudge{true_score}); }},
    {"random", "the judge throws a die", 2, true, [](Lab& lab) { with_judge(lab, RandomJudge{}); }},
    {"swapped", "the self-judge's pairs turned round", 2, true,
     [](Lab& lab) { lab.loop(lab.self(), Swapped<BestVersusWorst>{}, lab.dpo()); }},
    {"length_only", "the judge counts words", 2, true,
     [](Lab& lab) { with_judge(lab, srlm::FunctionJudge{length_score}); }},
    {"constant", "the judge always says 3", 2, true,
     [](Lab& lab) { with_judge(lab, srlm::FunctionJudge{constant_score}); }},
    {"positive_only", "perfect answers are learned as they are, no pairs (appendix A.4)", 2, true,
     [](Lab& lab) { lab.positive_loop(lab.self()); }},
    {"expected_score", "the judge is the expected score behind its reasons", 2, true,
     [](Lab& lab) {
       srlm::ExpectedScoreOptions const reasons{lab.settings().votes, lab.verdict_sampling()};
       with_judge(lab, srlm::ExpectedScoreJudge{CheckRubric{}, reasons});
     }},
    {"rho_band", "pairs with length control", 2, true,
     [](Lab& lab) { lab.loop(lab.self(), srlm::RhoBand{lab.settings().rho}, lab.dpo()); }},
    {"ipo", "IPO in place of DPO", 2, true,
     [](Lab& lab) { lab.loop(lab.self(), BestVersusWorst{}, lab.trainer(srlm::IpoSumLoss{lab.settings().ipo_tau})); }},
    {"cream", "CREAM: labels softened by how far M_{t-1}'s ranking agrees", 2, true,
     [](Lab& lab) {
       srlm::ConsistencyJudge judge{lab.self(), srlm::FrozenJudge{lab.self(), lab.previous}};
       lab.loop(judge, BestVersusWorst{}, lab.trainer(srlm::CreamLoss{lab.settings().beta}));
     }},
    {"replay", "each step learns some of IFT and EFT again; four turns", 4, true,
     [](Lab& lab) { lab.loop(lab.self(), BestVersusWorst{}, lab.dpo(1, lab.replay())); }},
    {"small_steps", "a third of the step size", 2, true,
     [](Lab& lab) { with_judge(lab, lab.self(), lab.settings().small_steps); }},
    {"large_steps", "three times the step size", 2, true,
     [](Lab& lab) { with_judge(lab, lab.self(), lab.settings().large_steps); }},
    {"unfinished_dropped", "answers that were cut off are not rejected but dropped", 2, true,
     [](Lab& lab) { lab.loop(lab.self(), BestVersusWorst{UnfinishedAnswers::dropped}, lab.dpo()); }},
};

/// Throws: Error for a name that no arm has.
inline Arm const& arm_named(std::string_view name) {
  std::string known;
  for (Arm const& arm : arms) {
    if (arm.name == name) {
      return arm;
    }
    known += (known.empty() ? "" : ", ") + std::string(arm.name);
  }
  throw srlm::Error("--arms", "\"" + std::string(name) + "\"", "some of " + known);
}

} // namespace miniature
