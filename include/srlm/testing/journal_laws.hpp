/// The semantic half of Journal, executed.
#pragma once
#include <srlm/concepts/journal.hpp>
#include <srlm/testing/violation.hpp>
#include <type_traits>

namespace srlm::testing {

/// open: opens the journal, again and again the same one; empty at first. Each call's journal is closed before the next
/// is opened. A journal that remembers nothing keeps the laws too.
template <class Open>
requires Journal<std::remove_reference_t<std::invoke_result_t<Open&>>> std::vector<Violation> journal_laws(
    Open&& open) {
  Findings findings;
  std::vector<Prompt> const prompts{{"say \"x\"\n", {1, 2, 3}}, {"", {}}};
  JudgedGroup group{prompts[0], {{"yes", {4, 5}, true}, {"n", {6}, false}}};
  group.scores = {2.5f, std::nullopt};
  group.verdicts = {{{2.5f, VerdictCause::none, "Score: 2.5"}}, {{std::nullopt, VerdictCause::unfinished, "Sco"}}};
  std::vector<JudgedGroup> const groups{group};
  PreferencePair pair{prompts[0], group.responses[0], group.responses[1], 2.5f, std::nullopt, -1.25f, -7.75f};
  std::vector<PreferencePair> const pairs{pair};
  StepTaken step;
  step.t = 1;
  step.stage = Stage::preference;
  step.step = 7;
  step.loss = 0.6931471805599453;

  UnitKey const p{1, Stage::prompts, 0}, g{1, Stage::candidates, 0}, d{1, Stage::pairs, 0}, s{1, Stage::preference, 7};
  auto const recalls = [&](auto& journal) { // how many of the four units, and whether they are what was recorded
    std::vector<Prompt> x;
    std::vector<JudgedGroup> y;
    std::vector<PreferencePair> z;
    StepTaken w;
    int recalled = 0;
    bool right = true;
    if (journal.recall(p, x)) {
      ++recalled;
      right = right && x.size() == 2 && x[0].text == prompts[0].text && x[0].tokens == prompts[0].tokens;
    }
    if (journal.recall(g, y)) {
      ++recalled;
      right = right && y.size() == 1 && y[0].responses.size() == 2 && y[0].responses[0].tokens == Tokens{4, 5} &&
              !y[0].responses[1].finished && y[0].scores == group.scores && y[0].verdicts.size() == 2 &&
              y[0].verdicts[1].size() == 1 && y[0].verdicts[1][0].cause == VerdictCause::unfinished;
    }
    if (journal.recall(d, z)) {
      ++recalled;
      right = right && z.size() == 1 && z[0].reference_chosen == -1.25f && z[0].reference_rejected == -7.75f &&
              z[0].chosen_score == pair.chosen_score && z[0].rejected_score == pair.rejected_score;
    }
    if (journal.recall(s, w)) {
      ++recalled;
      right = right && w.step == 7 && w.loss == step.loss;
    }
    findings.expect_true("recall() gives back what was recorded under this key, bit for bit", right);
    return recalled;
  };
  int kept = 0;
  {
    auto&& journal = open();
    findings.expect_true("recall() is false for a unit that was not recorded", recalls(journal) == 0);
    findings.expect_true("a new run has no checkpoint", !journal.latest_checkpoint());
    journal.record(p, prompts);
    journal.record(g, groups);
    journal.record(d, pairs);
    journal.record(s, step);
    kept = recalls(journal);
    std::vector<Prompt> other;
    findings.expect_true(
        "turn, stage and index all belong to the key",
        !journal.recall({2, Stage::prompts, 0}, other) && !journal.recall({1, Stage::prompts, 1}, other));
    findings.expect_true("a journal remembers all four kinds of unit or none", kept == 0 || kept == 4);
    UnitKey const earlier{1, Stage::preference, 5}, later{1, Stage::preference, 9};
    if (journal.checkpoint_path(earlier)) {
      findings.expect_true("a checkpoint counts from commit_checkpoint() on", !journal.latest_checkpoint());
      journal.commit_checkpoint(earlier);
      journal.checkpoint_path(later);
      journal.commit_checkpoint(later);
      findings.expect_true("the last committed checkpoint is the latest", journal.latest_checkpoint() == later);
    }
  }
  auto&& journal = open();
  findings.expect_true("opened again, it remembers what it did", recalls(journal) == kept);
  return std::move(findings).take();
}

} // namespace srlm::testing
