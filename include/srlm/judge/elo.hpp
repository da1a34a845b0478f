/// Ratings from comparisons: the maximum-likelihood Elo scores of a battle matrix (Meta-Rewarding, Wu et al. 2024,
/// arXiv 2407.19594).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/loss/logistic.hpp>
#include <algorithm> // max
#include <cmath>
#include <cstddef>
#include <utility> // swap
#include <vector>

namespace srlm {

/// Weights of battles: wins[m][n] is how much m beat n. Square.
using BattleMatrix = std::vector<std::vector<double>>;

/// x with A x = b, by elimination with pivots. A is regular.
inline std::vector<double> solve(std::vector<std::vector<double>> a, std::vector<double> b) {
  std::size_t const n = b.size();
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    for (std::size_t r = k + 1; r < n; ++r) {
      pivot = std::abs(a[r][k]) > std::abs(a[pivot][k]) ? r : pivot;
    }
    std::swap(a[k], a[pivot]);
    std::swap(b[k], b[pivot]);
    for (std::size_t r = k + 1; r < n; ++r) {
      double const factor = a[r][k] / a[k][k];
      for (std::size_t c = k; c < n; ++c) {
        a[r][c] -= factor * a[k][c];
      }
      b[r] -= factor * b[k];
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t c = k + 1; c < n; ++c) {
      b[k] -= a[k][c] * b[c];
    }
    b[k] /= a[k][k];
  }
  return b;
}

/// The ratings that maximise sum_mn wins[m][n] log sigmoid(e_m - e_n) - ridge / 2 sum_m e_m^2: centred at 0, and finite
/// also for one that never lost, by the small second term. Newton's method; the function is strictly concave.
inline std::vector<double> elo_ratings(BattleMatrix const& wins, double ridge = 1e-6) {
  std::size_t const n = wins.size();
  std::vector<double> ratings(n, 0.0);
  auto const objective = [&](std::vector<double> const& e) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      sum -= ridge / 2 * e[i] * e[i];
      for (std::size_t j = 0; j < n; ++j) {
        sum -= wins[i][j] * loss::softplus(e[j] - e[i]);
      }
    }
    return sum;
  };
  for (std::size_t i = 0; i < n; ++i) {
    require(wins[i].size() == n, "elo_ratings", "a matrix that is not square", "one row and one column an item");
  }
  for (int round = 0; round < 200; ++round) {
    std::vector<double> slope(n);
    std::vector<std::vector<double>> curvature(n, std::vector<double>(n)); // minus the Hessian
    for (std::size_t i = 0; i < n; ++i) {
      slope[i] -= ridge * ratings[i];
      curvature[i][i] += ridge;
      for (std::size_t j = 0; j < n; ++j) {
        double const lost = loss::sigmoid(ratings[j] - ratings[i]), bend = wins[i][j] * lost * (1 - lost);
        slope[i] += wins[i][j] * lost;
        slope[j] -= wins[i][j] * lost;
        curvature[i][i] += bend;
        curvature[j][j] += bend;
        curvature[i][j] -= bend;
        curvature[j][i] -= bend;
      }
    }
    std::vector<double> const step = solve(curvature, slope);
    double const before = objective(ratings);
    double size = 0;
    for (double share = 1; share > 1e-12; share /= 2) { // back until it rises
      std::vector<double> next = ratings;
      for (std::size_t i = 0; i < n; ++i) {
        next[i] += share * step[i];
      }
      if (objective(next) >= before) {
        for (std::size_t i = 0; i < n; ++i) {
          size = std::max(size, std::abs(next[i] - ratings[i]));
        }
        ratings = std::move(next);
        break;
      }
    }
    if (size < 1e-12) {
      break;
    }
  }
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
