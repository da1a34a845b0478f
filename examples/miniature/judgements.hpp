/// Judgements in the world's words: what is asked, what a careful or a careless judge writes, and how it is read.
/// Reasons first, score last, a point for each property that holds: the additive rubric of the paper (figure 2).
#pragma once
#include "answers.hpp"
#include <srlm/core/conversation.hpp>
#include <srlm/judge/score_line.hpp>

namespace miniature {

/// A Rubric.
struct CheckRubric {
  static constexpr srlm::ScoreScale scale = {0, 5};
  static constexpr std::string_view score_line = "\nScore: ";

  /// "judge list two birds without crane jay answer dove heron ."
  std::string question(srlm::Prompt const& x, srlm::Response const& y) const {
    return "judge " + x.text + " answer " + y.text;
  }
  srlm::Verdict parse(std::string_view verdict) const { return srlm::parse_score(verdict, scale); }
};

/// "kind yes count no order yes without yes close yes\nScore: 4"
inline std::string judgement(Checks const& found) {
  std::string text;
  for (std::size_t i = 0; i < found.size(); ++i) {
    text += std::string(i > 0 ? " " : "") + std::string(properties[i]) + (found[i] ? " yes" : " no");
  }
  return text + std::string(CheckRubric::score_line) + std::to_string(quality(found));
}

/// How judgements in the wild are: a check is right with this probability, and so many come to a score.
struct Care {
  double right = 1, well_formed = 1;
};

/// What of the true checks such a judge writes down. A judgement that is not well formed breaks off, is idle talk, or
/// forgets its score, in equal shares.
inline std::string careless_judgement(Checks found, Care const& care, srlm::Seed seed) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    found[i] = found[i] == (seed.fork(0).uniform(i) < care.right);
  }
  std::string const text = judgement(found);
  if (seed.uniform(1) < care.well_formed) {
    return text;
  }
  std::string const reasons = text.substr(0, text.find('\n'));
  std::vector<std::string> const words = split(reasons);
  constexpr std::array<std::string_view, 3> talk = {"well", "maybe", "so"};
  std::string spoiled;
  switch (seed.below(3, 2)) {
  case 0: // breaks off
    for (std::size_t i = 0; i < 1 + seed.below(words.size() - 1, 3); ++i) {
      spoiled += (i > 0 ? " " : "") + words[i];
    }
    return spoiled;
  case 1:
    for (std::size_t i = 0; i < 3 + seed.below(5, 3); ++i) {
      spoiled += (i > 0 ? " " : "") + std::string(talk[seed.fork(4).below(talk.size(), i)]);
    }
    return spoiled;
  default:
    return reasons;
  }
}

} // namespace miniature
