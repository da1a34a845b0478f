/// How a judge's scores spread over its scale, and how far two sets of scores differ: a judge that gives everything the
/// same has stopped judging, and one whose scores drift between iterations judges by another measure.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/verdict.hpp>
#include <cmath> // abs, isfinite, log, round
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace srlm {

/// counts[k]: the scores nearest to lowest + k (a half goes up).
struct ScoreHistogram {
  int lowest = 0;
  std::vector<std::size_t> counts;
  std::size_t missing = 0; ///< responses without a score
  double sum = 0;          ///< of the scores as they are

  std::size_t scored() const {
    std::size_t n = 0;
    for (std::size_t count : counts) {
      n += count;
    }
    return n;
  }
  /// nullopt without scores, as the share of the scores nearest to at least `from`.
  std::optional<double> mean() const {
    return scored() > 0 ? std::optional<double>(sum / static_cast<double>(scored())) : std::nullopt;
  }
  std::optional<double> share_from(int from) const {
    std::size_t n = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      n += lowest + static_cast<int>(k) >= from ? counts[k] : 0;
    }
    return scored() > 0 ? std::optional<double>(static_cast<double>(n) / static_cast<double>(scored())) : std::nullopt;
  }
};

/// Throws: Error for a score outside the scale.
inline ScoreHistogram score_histogram(std::span<Score const> scores, int lowest = 0, int highest = 5) {
  require(lowest < highest, "score_histogram", "an empty scale", "a lowest score below the highest");
  ScoreHistogram h{lowest, std::vector<std::size_t>(static_cast<std::size_t>(highest - lowest) + 1), 0, 0};
  for (Score score : scores) {
    if (!score) {
      ++h.missing;
      continue;
    }
    double const x = static_cast<double>(*score);
    if (!(x >= lowest && x <= highest)) {
      throw Error("score_histogram", std::to_string(x),
                  "a score from " + std::to_string(lowest) + " to " + std::to_string(highest));
    }
    ++h.counts[static_cast<std::size_t>(std::floor(x - lowest + 0.5))];
    h.sum += x;
  }
  return h;
}

/// How far two histograms are apart.
struct ScoreDrift {
  double mean_difference; ///< of the second less the first
  double total_variation; ///< half the sum of |p - q|: the share of scores that would have to move; 0 to 1
  double jensen_shannon;  ///< divergence in nats; 0 to log 2
};

/// nullopt where either has no score. Throws: Error for histograms of different scales.
inline std::optional<ScoreDrift> score_drift(ScoreHistogram const& first, ScoreHistogram const& second) {
  require(first.lowest == second.lowest && first.counts.size() == second.counts.size(), "score_drift",
          "histograms of different scales", "the same scale");
  if (first.scored() == 0 || second.scored() == 0) {
    return std::nullopt;
  }
  ScoreDrift drift{*second.mean() - *first.mean(), 0, 0};
  for (std::size_t k = 0; k < first.counts.size(); ++k) {
    double const p = static_cast<double>(first.counts[k]) / static_cast<double>(first.scored());
    double const q = static_cast<double>(second.counts[k]) / static_cast<double>(second.scored()), m = (p + q) / 2;
    drift.total_variation += std::abs(p - q) / 2;
    drift.jensen_shannon += (p > 0 ? p * std::log(p / m) : 0) / 2 + (q > 0 ? q * std::log(q / m) : 0) / 2;
  }
  return drift;
}

} // namespace srlm
