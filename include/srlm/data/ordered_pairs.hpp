/// What all pair rules agree on: which answers may be chosen, which rejected, and why a group gives no pair.
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/core/seed.hpp>
#include <algorithm> // max, min
#include <cmath>     // isfinite
#include <limits>
#include <string_view>
#include <vector>

namespace srlm {

/// May an answer that the length limit cut off be the loser? It is never the winner. Dropping such answers altogether
/// leaves nothing that teaches a model to come to an end.
enum class UnfinishedAnswers { may_be_rejected, dropped };

/// Why a group gave no pair; none: it gave one.
enum class NoPair {
  none,
  too_few_scores, ///< fewer than two answers with a usable score (and of the finished kind, where that is asked)
  none_finished,  ///< every scored answer was cut off, so none can be chosen
  equal_scores,   ///< best and worst are equal
  same_answer,    ///< the best and the worst are the same text: there is nothing to prefer
  rule            ///< there are pairs, but none that the rule takes (a gap too small, say)
};

constexpr std::string_view name_of(NoPair reason) {
  switch (reason) {
  case NoPair::none:
    return "none";
  case NoPair::too_few_scores:
    return "too_few_scores";
  case NoPair::none_finished:
    return "none_finished";
  case NoPair::equal_scores:
    return "equal_scores";
  case NoPair::same_answer:
    return "same_answer";
  case NoPair::rule:
    return "rule";
  }
  return "unknown";
}

/// Scores are equal when they differ by at most this: means over different counts of votes round differently.
inline constexpr float score_tolerance = 1e-6f;

/// Every pair that a rule may take, in the order of the answers, and the scores that bound them.
struct OrderedPairs {
  NoPair reason = NoPair::none;   ///< why there are none
  std::vector<WinnerLoser> pairs; ///< winner finished, its score above the loser's, the texts different
  float best = 0;                 ///< highest score of a finished answer
  float worst = 0;                ///< lowest score
};

/// A score that is missing, NaN or infinite is never chosen nor rejected.
inline OrderedPairs ordered_pairs(JudgedGroup const& group, UnfinishedAnswers unfinished) {
  OrderedPairs result;
  std::vector<std::size_t> scored;
  std::size_t finished = 0;
  result.best = -std::numeric_limits<float>::infinity();
  result.worst = std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < std::min(group.scores.size(), group.responses.size()); ++i) {
    bool const complete = group.responses[i].finished;
    if (!group.scores[i] || !std::isfinite(*group.scores[i]) ||
        (!complete && unfinished == UnfinishedAnswers::dropped)) {
      continue;
    }
    scored.push_back(i);
    result.worst = std::min(result.worst, *group.scores[i]);
    if (complete) {
      ++finished;
      result.best = std::max(result.best, *group.scores[i]);
    }
  }
  result.reason = scored.size() < 2                                 ? NoPair::too_few_scores
                  : finished == 0                                   ? NoPair::none_finished
                  : !(result.best - result.worst > score_tolerance) ? NoPair::equal_scores
                                                                    : NoPair::none;
  if (result.reason != NoPair::none) {
    return result;
  }
  for (std::size_t w : scored) {
    for (std::size_t l : scored) {
      bool const is_better = group.responses[w].finished && *group.scores[w] > *group.scores[l] + score_tolerance;
      if (is_better && group.responses[w].text != group.responses[l].text) {
        result.pairs.push_back({w, l});
      }
    }
  }
  result.reason = result.pairs.empty() ? NoPair::same_answer : NoPair::none;
  return result;
}

/// r_w - r_l.
inline float gap_of(JudgedGroup const& group, WinnerLoser const& pair) {
  return *group.scores[pair.winner] - *group.scores[pair.loser];
}

} // namespace srlm
