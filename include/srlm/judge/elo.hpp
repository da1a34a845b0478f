/// Ratings from comparisons: the maximum-likelihood Elo scores of a battle matrix (Meta-Rewarding, Wu et al. 2024,
/// arXiv 2407.19594).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/optim/logistic_regression.hpp>
#include <cstddef>
#include <vector>

namespace srlm {

/// Weights of battles: wins[m][n] is how much m beat n. Square.
using BattleMatrix = std::vector<std::vector<double>>;

/// The ratings that maximise sum_mn wins[m][n] log sigmoid(e_m - e_n) - ridge / 2 sum_m e_m^2: centred at 0, and finite
/// also for one that never lost, by the small second term.
inline std::vector<double> elo_ratings(BattleMatrix const& wins, double ridge = 1e-6) {
  std::size_t const n = wins.size();
  std::vector<LogisticRow> battles;
  for (std::size_t i = 0; i < n; ++i) {
    require(wins[i].size() == n, "elo_ratings", "a matrix that is not square", "one row and one column an item");
    for (std::size_t j = 0; j < n; ++j) {
      if (i != j && wins[i][j] != 0) {
        LogisticRow battle{std::vector<double>(n, 0.0), 1, wins[i][j]};
        battle.x[i] = 1;
        battle.x[j] = -1;
        battles.push_back(std::move(battle));
      }
    }
  }
  std::vector<double> ratings = logistic_regression(battles, n, ridge);
  double mean = 0;
  for (double e : ratings) {
    mean += e / static_cast<double>(n);
  }
  for (double& e : ratings) {
    e -= mean;
  }
  return ratings;
}

} // namespace srlm
