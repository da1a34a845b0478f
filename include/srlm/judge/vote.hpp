/// What every judge does with k votes on one response, whoever wrote them: read each one by the rubric, and take the
/// mean of those that can be used (section 2.2).
#pragma once
#include <srlm/concepts/judge.hpp>
#include <cmath> // isfinite
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

/// A rubric of the user's may be careless: a score is finite, and there is a cause exactly where there is none.
inline Verdict consistent_verdict(Verdict verdict) {
  if (verdict.score && !std::isfinite(*verdict.score)) {
    verdict.score.reset();
  }
  if (verdict.score) {
    verdict.cause = VerdictCause::none;
  } else if (verdict.cause == VerdictCause::none) {
    verdict.cause = VerdictCause::no_score;
  }
  return verdict;
}

/// Whether the length limit may have cut the score itself ("Score: 1" of "Score: 10", "Score: 4/" of "4/10",
/// "... Score:"): then another number behind the text changes how it is read.
template <Rubric R>
bool score_may_be_cut(R const& rubric, std::string const& text, Verdict const& verdict) {
  for (char const* more : {"1", "9", " 1", " 9"}) {
    Verdict const longer = rubric.parse(text + more);
    if (longer.score != verdict.score || longer.cause != verdict.cause) {
      return true;
    }
  }
  return false;
}

/// The verdict in what a judge newly wrote. Where the length limit ended it (finished is false), it counts only if its
/// score cannot have been cut.
template <Rubric R>
Verdict read_verdict(R const& rubric, std::string text, bool finished) {
  Verdict verdict = consistent_verdict(rubric.parse(text));
  if (!finished && (verdict.cause == VerdictCause::no_score || score_may_be_cut(rubric, text, verdict))) {
    verdict.score.reset();
    verdict.cause = VerdictCause::unfinished;
  }
  verdict.text = std::move(text);
  return verdict;
}

/// The mean of the usable verdicts, not rounded; nullopt where there is none.
inline Score mean_score(std::span<Verdict const> verdicts) {
  double sum = 0;
  std::size_t usable = 0;
  for (Verdict const& verdict : verdicts) {
    if (verdict.score) {
      sum += static_cast<double>(*verdict.score);
      ++usable;
    }
  }
  return usable > 0 ? Score{static_cast<float>(sum / static_cast<double>(usable))} : std::nullopt;
}

/// Fills each group's scores from its verdicts.
inline void fill_mean_scores(std::span<JudgedGroup> groups) {
  for (JudgedGroup& group : groups) {
    group.scores.clear();
    for (std::vector<Verdict> const& verdicts : group.verdicts) {
      group.scores.push_back(mean_score(verdicts));
    }
  }
}

} // namespace srlm
