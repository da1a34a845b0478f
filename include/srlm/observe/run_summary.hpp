/// What a recorded run says of each of its models M0, M1, ...: how it was made, and what it was like as answerer and
/// judge.
#pragma once
#include <srlm/observe/journal_record.hpp>
#include <srlm/train/steps.hpp>
#include <iterator> // back_inserter
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace srlm::observe {

/// What `srlm run` does around the loop has turns of its own in the journal: 0 is the start, 1 to `iterations` are the
/// loop's.
struct TurnNumbers {
  int iterations;

  int held_out() const { return iterations + 1; } ///< the last model answers and judges the held-out prompts
  /// M_model, with which the run ended, answers the prompts that M_0 answered in turn 0.
  int answers(int model) const { return iterations + 1 + model; }
  /// M_model judges the anchor set.
  int anchor(int model) const { return 2 * (iterations + 1) + model; }
};

/// What made model M_i, and what it was like.
struct ModelSummary {
  std::optional<double> training_loss, first_preference_loss, margin, accuracy; // of the training that made it
  std::optional<PairsSelected> judged;                                          // its own answers, by its own judgement
  std::optional<double> divergence;                                             ///< from M0, nats an answer
  std::optional<double> judge_accuracy;                                         ///< as a judge of an anchor set
  bool held_out = false; ///< judged on the held-out prompts, not on new ones
};

/// What a journal says of a run, each unit read once. By turn: what was judged, and the pairs that were selected.
struct RunRecord {
  std::map<int, std::vector<JudgedGroup>> judged;
  std::map<int, std::vector<PreferencePair>> pairs;
  std::vector<StepTaken> steps; ///< of all stages, in the order of the run

  explicit RunRecord(JournalRecord const& journal) {
    for (auto& [key, groups] : journal.all<std::vector<JudgedGroup>>(Stage::verdicts)) {
      std::move(groups.begin(), groups.end(), std::back_inserter(judged[key.t]));
    }
    for (auto& [key, selected] : journal.all<std::vector<PreferencePair>>(Stage::pairs)) {
      std::move(selected.begin(), selected.end(), std::back_inserter(pairs[key.t]));
    }
    for (Stage stage : {Stage::instruction_tuning, Stage::supervised, Stage::preference}) {
      for (auto& [key, step] : journal.all<StepTaken>(stage)) {
        steps.push_back(std::move(step));
      }
    }
  }

  std::span<JudgedGroup const> judged_in(int t) const { return units_of(judged, t); }
  std::span<PreferencePair const> pairs_in(int t) const { return units_of(pairs, t); }

 private:
  template <class T>
  static std::span<T const> units_of(std::map<int, std::vector<T>> const& turns, int t) {
    auto const found = turns.find(t);
    return found == turns.end() ? std::span<T const>() : std::span<T const>(found->second);
  }
};

/// The verdicts on the response that has this score; empty where there are none.
inline std::span<Verdict const> verdicts_of(std::span<JudgedGroup const> groups, Prompt const& prompt,
                                            Response const& response, Score score) {
  for (JudgedGroup const& group : groups) {
    for (std::size_t i = 0; group.prompt.tokens == prompt.tokens && i < group.verdicts.size(); ++i) {
      if (group.responses[i].tokens == response.tokens && group.scores[i] == score && !group.verdicts[i].empty()) {
        return group.verdicts[i];
      }
    }
  }
  return {};
}

/// Row i is model M_i. held_out_turn: the turn in which the last model answered the held-out prompts.
inline std::vector<ModelSummary> summarise(RunRecord const& run, int last_model, int held_out_turn) {
  std::vector<ModelSummary> models(static_cast<std::size_t>(last_model) + 1);
  for (StepTaken const& step : run.steps) {
    auto const made = static_cast<std::size_t>(step.t) + 1;
    if (step.stage == Stage::instruction_tuning || made >= models.size()) {
      continue;
    }
    ModelSummary& model = models[made];
    model.training_loss = step.loss;
    if (step.stage == Stage::preference) {
      if (step.step == 0) {
        model.first_preference_loss = step.loss;
      }
      model.margin = step.margin;
      model.accuracy = step.accuracy;
    }
  }
  for (auto const& [t, groups] : run.judged) {
    auto const model = static_cast<std::size_t>(t == held_out_turn ? last_model : t);
    if (model < models.size()) {
      models[model].judged = describe(t, groups, run.pairs_in(t).size());
      models[model].judged->gaps = score_gaps(run.pairs_in(t));
      models[model].held_out = t == held_out_turn;
    }
  }
  return models;
}

} // namespace srlm::observe
