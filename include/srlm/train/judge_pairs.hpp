/// Pairs of judgements beside the pairs of answers, where the judge makes them (Meta-Rewarding).
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/turn.hpp>

namespace srlm {

/// Appends them to D_t. Nothing for a judge that only judges.
template <class P, class J, class Turn>
void add_judge_pairs(Turn const& turn, P& policy, J& judge, std::span<JudgedGroup const> groups,
                     std::vector<PreferencePair>& pairs, Seed seed) {
  if constexpr (JudgeTrainer<J, P>) {
    if (turn.stopped()) {
      return;
    }
    auto more = turn.template once<std::vector<PreferencePair>>(
        Stage::judge_pairs, 0, [&] { return judge.judge_pairs(policy, groups, seed); });
    for (PreferencePair& pair : more) {
      pairs.push_back(std::move(pair));
    }
  }
}

} // namespace srlm
