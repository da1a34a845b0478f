/// How far two rankings of the same items agree.
#pragma once
#include <srlm/core/verdict.hpp>
#include <cstddef>
#include <optional>
#include <span>

namespace srlm {

/// Kendall's tau over the items that have a score: (pairs in the same order - pairs in the opposite order) / all pairs;
/// a pair that either ranking ties counts in neither. nullopt for fewer than two items.
inline std::optional<double> kendall_tau(std::span<Score const> scores, std::span<double const> other) {
  double agreement = 0, pairs = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (scores[i] && scores[j]) {
        double const a = static_cast<double>(*scores[i]) - static_cast<double>(*scores[j]), b = other[i] - other[j];
        agreement += a * b > 0 ? 1 : a * b < 0 ? -1 : 0;
        pairs += 1;
      }
    }
  }
  return pairs > 0 ? std::optional<double>(agreement / pairs) : std::nullopt;
}

} // namespace srlm
