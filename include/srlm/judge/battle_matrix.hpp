/// Battles of judgements, weighed against the judge's liking for a position (Meta-Rewarding).
#pragma once
#include <srlm/core/verdict.hpp>
#include <srlm/judge/elo.hpp>
#include <optional>
#include <span>

namespace srlm {

/// One comparison: `first` and `second` are the items in the order in which they were shown.
struct Battle {
  std::size_t first, second;
  std::optional<Better> better; ///< nullopt: unusable
};

/// How much a win counts in each position: the more often a position wins, the less. 1/2 each where nothing was won.
struct PositionWeights {
  double first = 0.5, second = 0.5;
};

inline PositionWeights position_weights(std::span<Battle const> battles) {
  double first = 0, second = 0;
  for (Battle const& battle : battles) {
    first += battle.better == Better::first ? 1 : 0;
    second += battle.better == Better::second ? 1 : 0;
  }
  return first + second > 0 ? PositionWeights{second / (first + second), first / (first + second)} : PositionWeights{};
}

/// B[m][n] = w_first [m beat n when shown first] + w_second [m beat n when shown second], over all battles of n items.
inline BattleMatrix battle_matrix(std::span<Battle const> battles, std::size_t items, PositionWeights const& weights) {
  BattleMatrix wins(items, std::vector<double>(items, 0.0));
  for (Battle const& battle : battles) {
    if (battle.better == Better::first) {
      wins[battle.first][battle.second] += weights.first;
    } else if (battle.better == Better::second) {
      wins[battle.second][battle.first] += weights.second;
    }
  }
  return wins;
}

} // namespace srlm
