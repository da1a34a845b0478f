/// Two models, or two sets of answers, head to head on the same prompts (section 3.2 of the paper): both orders, win,
/// tie and lose, and the win rate where answers are about equally long.
#pragma once
#include <srlm/eval/paired_tests.hpp>

namespace srlm {

/// One prompt that both answered. points: of a against b, from 0 to 1 (in_both_orders, or the mean over several votes:
/// what a PairwiseJudge gives the first of two responses); nullopt where no comparison was usable. Lengths are in
/// characters, as AlpacaEval counts, or in whatever unit is the same for all.
struct Match {
  Score points;
  double length_a = 0, length_b = 0;
};

/// A win is more than half the points of a prompt, a tie exactly half.
struct HeadToHead {
  std::size_t wins = 0, ties = 0, losses = 0, unusable = 0;
  std::optional<Estimate> win_rate; ///< mean points: a tie counts 1/2; nullopt where nothing was usable
  double sign_test_p = 1;           ///< that wins and losses are equally likely

  std::size_t usable() const { return wins + ties + losses; }
};

/// Throws: Error for points that are not from 0 to 1 and for lengths that are not finite or below 0.
inline void check_matches(std::span<Match const> matches) {
  require(!matches.empty(), "head to head", "no prompts", "at least one that both answered");
  for (std::size_t i = 0; i < matches.size(); ++i) {
    Match const& m = matches[i];
    bool const points = !m.points || (*m.points >= 0 && *m.points <= 1);
    bool const lengths = m.length_a >= 0 && m.length_b >= 0 && std::isfinite(m.length_a) && std::isfinite(m.length_b);
    if (!points || !lengths) {
      throw Error("head to head: prompt " + std::to_string(i + 1),
                  points ? "a length that is negative or not finite" : "points out of their range",
                  "points from 0 to 1 or none, and lengths of at least 0");
    }
  }
}

/// What each prompt adds to the win rate.
inline std::vector<Ratio> points_of(std::span<Match const> matches) {
  std::vector<Ratio> ratios;
  for (Match const& m : matches) {
    ratios.push_back(m.points ? Ratio{static_cast<double>(*m.points), 1} : Ratio{});
  }
  return ratios;
}

/// Throws: as check_matches.
inline HeadToHead head_to_head(std::span<Match const> matches, BootstrapOptions const& options = {}) {
  check_matches(matches);
  HeadToHead result;
  for (Match const& m : matches) {
    ++(!m.points ? result.unusable : *m.points > 0.5f ? result.wins : *m.points < 0.5f ? result.losses : result.ties);
  }
  result.win_rate = bootstrap_ratio(points_of(matches), options);
  result.sign_test_p = sign_test(result.wins, result.losses);
  return result;
}

/// The matches whose answers' lengths differ by at most this share of the longer one.
inline std::vector<Match> at_matched_length(std::span<Match const> matches, double within = 0.1) {
  require(within >= 0 && within <= 1, "at_matched_length", "a share out of its range", "from 0 to 1");
  std::vector<Match> near;
  for (Match const& m : matches) {
    if (std::abs(m.length_a - m.length_b) <= within * std::max(m.length_a, m.length_b)) {
      near.push_back(m);
    }
  }
  return near;
}

} // namespace srlm
