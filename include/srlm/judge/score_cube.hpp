/// Judged groups as arrays for NumPy and back: a cube of all votes, the matrix of mean scores, and a judge whose
/// verdicts stand in a cube. What failed or is not there is NaN in the array and no verdict here, never a number.
#pragma once
#include <srlm/io/npy.hpp>
#include <srlm/judge/vote.hpp>
#include <algorithm> // max
#include <cmath>     // isnan, isfinite
#include <limits>
#include <span>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

using ScoreCube = xt::xtensor<float, 3>;   ///< [prompts, candidates, votes]
using ScoreMatrix = xt::xtensor<float, 2>; ///< [prompts, candidates]

namespace detail {

/// NaN for none.
inline float or_nan(Score score) { return score.value_or(std::numeric_limits<float>::quiet_NaN()); }

inline std::size_t most_candidates(std::span<JudgedGroup const> groups) {
  std::size_t most = 0;
  for (JudgedGroup const& group : groups) {
    most = std::max(most, group.responses.size());
  }
  return most;
}

} // namespace detail

/// The scores of all votes. Groups with fewer candidates or votes than others are filled up with NaN. Where a judge
/// keeps no verdicts, its score is the one vote.
inline ScoreCube score_cube(std::span<JudgedGroup const> groups) {
  std::size_t const candidates = detail::most_candidates(groups);
  std::size_t votes = 0;
  for (JudgedGroup const& group : groups) {
    votes = std::max(votes, std::size_t{group.scores.empty() ? 0u : 1u});
    for (std::vector<Verdict> const& verdicts : group.verdicts) {
      votes = std::max(votes, verdicts.size());
    }
  }
  ScoreCube cube({groups.size(), candidates, votes}, detail::or_nan({}));
  for (std::size_t p = 0; p < groups.size(); ++p) {
    for (std::size_t c = 0; c < groups[p].responses.size(); ++c) {
      bool const kept = c < groups[p].verdicts.size();
      for (std::size_t v = 0; kept && v < groups[p].verdicts[c].size(); ++v) {
        cube(p, c, v) = detail::or_nan(groups[p].verdicts[c][v].score);
      }
      if (!kept && c < groups[p].scores.size()) {
        cube(p, c, 0) = detail::or_nan(groups[p].scores[c]);
      }
    }
  }
  return cube;
}

/// The mean score of each candidate; NaN where it has none or is not there.
inline ScoreMatrix score_matrix(std::span<JudgedGroup const> groups) {
  std::size_t const candidates = detail::most_candidates(groups);
  ScoreMatrix matrix({groups.size(), candidates}, detail::or_nan({}));
  for (std::size_t p = 0; p < groups.size(); ++p) {
    for (std::size_t c = 0; c < groups[p].scores.size() && c < candidates; ++c) {
      matrix(p, c) = detail::or_nan(groups[p].scores[c]);
    }
  }
  return matrix;
}

/// Fills the groups' verdicts and mean scores from the cube's prompts `first`, `first` + 1, ... A NaN is a verdict
/// without a score (cause no_score), and the mean is over the others. Throws: Error where the cube has too few prompts
/// or candidates, where it has a number for a candidate that a group does not have, and for infinities.
inline void fill_scores(std::span<JudgedGroup> groups, ScoreCube const& cube, std::size_t first = 0) {
  std::string const shape = "a cube of shape " + io::npy_shape_text(cube.shape());
  if (groups.size() > cube.shape(0) || first > cube.shape(0) - groups.size()) {
    throw Error("score cube", shape, std::to_string(first + groups.size()) + " prompts at least");
  }
  for (std::size_t p = 0; p < groups.size(); ++p) {
    std::size_t const candidates = groups[p].responses.size();
    std::string const prompt = "prompt " + std::to_string(first + p);
    if (candidates > cube.shape(1)) {
      throw Error("score cube: " + prompt, shape, std::to_string(candidates) + " candidates at least");
    }
    groups[p].verdicts.assign(candidates, {});
    for (std::size_t c = 0; c < cube.shape(1); ++c) {
      for (std::size_t v = 0; v < cube.shape(2); ++v) {
        float const score = cube(first + p, c, v);
        auto const place = [&] { return "score cube: " + prompt + ", candidate " + std::to_string(c); };
        if (c >= candidates && !std::isnan(score)) {
          throw Error(place(), std::to_string(score),
                      "NaN, because there are " + std::to_string(candidates) + " candidates");
        }
        if (std::isinf(score)) {
          throw Error(place(), "an infinite score", "a finite number, or NaN for no verdict");
        }
        if (c < candidates) {
          groups[p].verdicts[c].push_back(consistent_verdict({score, VerdictCause::none, ""}));
        }
      }
    }
  }
  fill_mean_scores(groups);
}

/// A judge whose verdicts were given elsewhere: in NumPy, by people, in an earlier run. It takes the cube's prompts in
/// order, one after the other over all calls. Throws: as fill_scores.
class ScoreCubeJudge {
 public:
  explicit ScoreCubeJudge(ScoreCube cube) : cube_(std::move(cube)) {}

  template <class P>
  void score(P&, std::span<JudgedGroup> groups, Seed) {
    fill_scores(groups, cube_, next_);
    next_ += groups.size();
  }

 private:
  ScoreCube cube_;
  std::size_t next_ = 0;
};

} // namespace srlm
