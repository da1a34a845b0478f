/// How far two rankings of the same items agree.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/verdict.hpp>
#include <algorithm> // count_if
#include <cmath>     // sqrt
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace srlm {

/// The pairs of items that have a score, by what the two rankings say of them.
struct PairCounts {
  double same = 0, opposite = 0; ///< ordered by both
  double tied_scores = 0;        ///< by the scores alone
  double tied_other = 0;         ///< by the other ranking alone
  double tied_both = 0;

  double all() const { return same + opposite + tied_scores + tied_other + tied_both; }
};

/// Throws: Error for another ranking of another size.
inline void check_same_items(std::span<Score const> scores, std::span<double const> other) {
  if (scores.size() != other.size()) {
    throw Error(
        "rank agreement",
        std::to_string(scores.size()) + " scores and another ranking of " + std::to_string(other.size()) + " items",
        "as many of one as of the other");
  }
}

/// Throws: as check_same_items.
inline PairCounts count_pairs(std::span<Score const> scores, std::span<double const> other) {
  check_same_items(scores, other);
  PairCounts counts;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (scores[i] && scores[j]) {
        double const a = static_cast<double>(*scores[i]) - static_cast<double>(*scores[j]), b = other[i] - other[j];
        int const x = (a > 0) - (a < 0), y = (b > 0) - (b < 0); // which way each ranking orders them; 0: not
        (x * y > 0   ? counts.same
         : x * y < 0 ? counts.opposite
         : x != 0    ? counts.tied_other
         : y != 0    ? counts.tied_scores
                     : counts.tied_both) += 1;
      }
    }
  }
  return counts;
}

/// Kendall's tau over the items that have a score: (pairs in the same order - pairs in the opposite order) / all pairs;
/// a pair that either ranking ties counts in neither. nullopt for fewer than two items.
inline std::optional<double> kendall_tau(std::span<Score const> scores, std::span<double const> other) {
  PairCounts const n = count_pairs(scores, other);
  return n.all() > 0 ? std::optional<double>((n.same - n.opposite) / n.all()) : std::nullopt;
}

/// Kendall's tau-b, which allows for ties: (same - opposite) / sqrt(pairs that the scores order * pairs that the other
/// ranking orders). nullopt where either ranking ties everything.
inline std::optional<double> kendall_tau_b(std::span<Score const> scores, std::span<double const> other) {
  PairCounts const n = count_pairs(scores, other);
  double const ordered = n.same + n.opposite;
  double const by_both = (ordered + n.tied_other) * (ordered + n.tied_scores);
  return by_both > 0 ? std::optional<double>((n.same - n.opposite) / std::sqrt(by_both)) : std::nullopt;
}

/// Ranks from 1, equal values at the mean of the places that they take.
inline std::vector<double> average_ranks(std::span<double const> values) {
  std::vector<double> ranks;
  for (double x : values) {
    auto const below = std::count_if(values.begin(), values.end(), [&](double y) { return y < x; });
    auto const equal = std::count(values.begin(), values.end(), x);
    ranks.push_back(static_cast<double>(below) + (static_cast<double>(equal) + 1) / 2);
  }
  return ranks;
}

/// Pearson's correlation; nullopt where either column is constant.
inline std::optional<double> correlation(std::span<double const> a, std::span<double const> b) {
  double const n = static_cast<double>(a.size());
  double mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    mean_a += a[i] / n;
    mean_b += b[i] / n;
  }
  for (std::size_t i = 0; i < a.size(); ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return aa > 0 && bb > 0 ? std::optional<double>(ab / std::sqrt(aa * bb)) : std::nullopt;
}

/// Spearman's rho with average ranks, over the items that have a score. nullopt where either ranking ties everything.
inline std::optional<double> spearman(std::span<Score const> scores, std::span<double const> other) {
  check_same_items(scores, other);
  std::vector<double> a, b;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i]) {
      a.push_back(static_cast<double>(*scores[i]));
      b.push_back(other[i]);
    }
  }
  return correlation(average_ranks(a), average_ranks(b));
}

} // namespace srlm
