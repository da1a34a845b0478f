/// What the turns of an arm gave, from its journal: how its judge orders the answers and its pairs, compared with the
/// instructions.
#pragma once
#include "constraints.hpp"
#include "items.hpp"
#include <srlm/eval/judge_quality.hpp>
#include <srlm/observe/run_summary.hpp>
#include <algorithm> // clamp
#include <array>
#include <cmath> // lround

namespace real_model {

/// Under the name of the model that answered: M1 in turn 1. Nothing of an arm that has not begun.
inline std::vector<Measured> measure_turns(Settings const& s, Split const& split, std::string const& arm) {
  std::filesystem::path const path = s.place(arm) / "journal.jsonl";
  if (!std::filesystem::exists(path)) {
    return {};
  }
  srlm::observe::RunRecord const run(srlm::observe::read_journal(path.string()));
  srlm::InstructionScore const kept(split.train);
  std::map<std::pair<int, std::string>, std::vector<srlm::Ratio>> items;
  for (auto const& [t, groups] : run.judged) {
    auto const add = [&, t = t](std::string_view name, srlm::Ratio ratio) {
      items[{t, std::string(name)}].push_back(ratio);
    };
    for (srlm::JudgedGroup const& group : groups) {
      srlm::RankedGroup order{{}, group.scores};
      srlm::Ratio truth, ended, usable;
      for (srlm::Response const& y : group.responses) {
        order.truth.push_back(static_cast<double>(kept(group.prompt, y).value()));
        truth += {order.truth.back(), 1};
        ended += {y.finished ? 1.0 : 0.0, 1};
      }
      std::array<double, 6> count = {};
      for (auto const& votes : group.verdicts) {
        for (srlm::Verdict const& vote : votes) {
          usable += {vote.score ? 1.0 : 0.0, 1};
          if (vote.score) {
            count[static_cast<std::size_t>(std::clamp(std::lround(*vote.score), 0L, 5L))] += 1;
          }
        }
      }
      add("turn_kept", truth);
      add("turn_ended", ended);
      add("turn_usable", usable);
      for (std::size_t k = 0; k < count.size(); ++k) {
        add("turn_score_" + std::to_string(k), {count[k], usable.sum});
      }
      for (srlm::JudgeMeasure const& measure : srlm::judge_measures) {
        if (measure.name.starts_with("accuracy") || measure.name == "kendall") {
          add("turn_" + std::string(measure.name), measure.of(order, 5));
        }
      }
    }
  }
  for (auto const& [t, pairs] : run.pairs) {
    for (srlm::PreferencePair const& pair : pairs) {
      float const better = kept(pair.prompt, pair.chosen).value(), worse = kept(pair.prompt, pair.rejected).value();
      auto const add = [&, t = t](char const* name, bool is_so) { items[{t, name}].push_back({is_so ? 1.0 : 0.0, 1}); };
      add("pairs_right", better > worse);
      add("pairs_wrong", better < worse);
      add("pairs_tied", better == worse);
      add("pairs_rejected_cut", !pair.rejected.finished);
      items[{t, "pairs_length_gap"}].push_back(
          {static_cast<double>(pair.chosen.tokens.size()) - static_cast<double>(pair.rejected.tokens.size()), 1});
    }
  }
  for (srlm::StepTaken const& step : run.steps) {
    if (step.stage == srlm::Stage::preference) {
      items[{step.t, "step_margin"}].push_back({step.margin, 1});
      items[{step.t, "step_accuracy"}].push_back({step.accuracy, 1});
    }
  }
  std::vector<Measured> all;
  for (auto& [key, ratios] : items) {
    all.push_back({arm, "M" + std::to_string(key.first), key.second, std::move(ratios)});
  }
  return all;
}

} // namespace real_model
