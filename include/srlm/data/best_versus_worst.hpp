/// The paper's pair rule (section 2.2): the answer with the highest score against the one with the lowest; a prompt
/// whose scores are all equal gives no pair.
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
  same_answer     ///< the best and the worst are the same text: there is nothing to prefer
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
  }
  return "unknown";
}

/// Scores are equal when they differ by at most this: means over different counts of votes round differently.
inline constexpr float score_tolerance = 1e-6f;

/// At most one pair a group. Among several best and several worst answers the seed decides, so the order of candidates
/// carries no meaning. A score that is missing, NaN or infinite is never chosen nor rejected.
struct BestVersusWorst {
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;

  /// Indices into group.responses; empty where reason() says why.
  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    std::vector<WinnerLoser> const pairs = choices(group).pairs;
    if (pairs.empty()) {
      return {};
    }
    return {pairs[seed.below(pairs.size(), 0)]};
  }

  /// Why operator() gives nothing for this group.
  NoPair reason(JudgedGroup const& group) const { return choices(group).reason; }

 private:
  struct Choices {
    NoPair reason;
    std::vector<WinnerLoser> pairs; ///< every best with every worst
  };

  Choices choices(JudgedGroup const& group) const {
    std::vector<std::size_t> scored;
    std::size_t finished = 0;
    float best = -std::numeric_limits<float>::infinity(), worst = std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < std::min(group.scores.size(), group.responses.size()); ++i) {
      bool const complete = group.responses[i].finished;
      if (!group.scores[i] || !std::isfinite(*group.scores[i]) ||
          (!complete && unfinished == UnfinishedAnswers::dropped)) {
        continue;
      }
      scored.push_back(i);
      worst = std::min(worst, *group.scores[i]);
      if (complete) {
        ++finished;
        best = std::max(best, *group.scores[i]);
      }
    }
    if (scored.size() < 2) {
      return {NoPair::too_few_scores, {}};
    }
    if (finished == 0) {
      return {NoPair::none_finished, {}};
    }
    if (!(best - worst > score_tolerance)) {
      return {NoPair::equal_scores, {}};
    }
    Choices result{NoPair::none, {}};
    for (std::size_t w : scored) {
      for (std::size_t l : scored) {
        bool const is_best = group.responses[w].finished && *group.scores[w] >= best - score_tolerance;
        bool const is_worst = *group.scores[l] <= worst + score_tolerance;
        if (is_best && is_worst && !same(group.responses[w], group.responses[l])) {
          result.pairs.push_back({w, l});
        }
      }
    }
    result.reason = result.pairs.empty() ? NoPair::same_answer : NoPair::none;
    return result;
  }

  static bool same(Response const& a, Response const& b) { return a.text == b.text; }
};

} // namespace srlm
