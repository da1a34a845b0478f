/// Logistic regression with a small ridge, by Newton's method: ratings from comparisons, and win rates with a term for
/// length, are such fits.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/loss/logistic.hpp>
#include <algorithm> // max
#include <cmath>
#include <cstddef>
#include <span>
#include <utility> // swap
#include <vector>

namespace srlm {

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

/// One observation: features, in 0 .. 1 how far the outcome is a success (1/2: a tie), and how much it counts.
struct LogisticRow {
  std::vector<double> x;
  double y = 1, weight = 1;
};

/// <x, c>.
inline double logit_of(std::span<double const> x, std::span<double const> coefficients) {
  double sum = 0;
  for (std::size_t k = 0; k < x.size(); ++k) {
    sum += x[k] * coefficients[k];
  }
  return sum;
}

/// The coefficients c that maximise sum of weight (y log sigmoid(<x, c>) + (1 - y) log sigmoid(-<x, c>)) - ridge / 2
/// |c|^2. There is no intercept but one that is a feature. The ridge keeps them finite where successes and failures can
/// be parted, and makes the function strictly concave.
/// Throws: Error for rows of another number of features, and for numbers that are not finite or out of their range.
inline std::vector<double> logistic_regression(std::span<LogisticRow const> rows, std::size_t features,
                                               double ridge = 1e-6) {
  for (LogisticRow const& row : rows) {
    require(row.x.size() == features, "logistic_regression", "a row with another number of features",
            "as many as there are coefficients");
    require(row.y >= 0 && row.y <= 1 && row.weight >= 0 && std::isfinite(row.weight), "logistic_regression",
            "an outcome or a weight out of its range", "outcomes from 0 to 1, weights of at least 0");
    for (double x : row.x) {
      require(std::isfinite(x), "logistic_regression", "a feature that is not finite", "finite features");
    }
  }
  require(ridge > 0 && std::isfinite(ridge), "logistic_regression", "a ridge of 0 or below", "a number above 0");
  auto const objective = [&](std::vector<double> const& c) {
    double sum = -ridge / 2 * logit_of(c, c);
    for (LogisticRow const& row : rows) {
      double const z = logit_of(row.x, c);
      sum -= row.weight * (row.y * loss::softplus(-z) + (1 - row.y) * loss::softplus(z));
    }
    return sum;
  };
  std::vector<double> c(features, 0.0);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> slope(features);
    std::vector<std::vector<double>> curvature(features, std::vector<double>(features)); // minus the Hessian
    for (std::size_t j = 0; j < features; ++j) {
      slope[j] = -ridge * c[j];
      curvature[j][j] = ridge;
    }
    for (LogisticRow const& row : rows) {
      double const p = loss::sigmoid(logit_of(row.x, c)), rise = row.weight * (row.y - p),
                   bend = row.weight * p * (1 - p);
      for (std::size_t j = 0; j < features; ++j) {
        slope[j] += rise * row.x[j];
        for (std::size_t k = 0; k < features; ++k) {
          curvature[j][k] += bend * row.x[j] * row.x[k];
        }
      }
    }
    std::vector<double> const step = solve(curvature, slope);
    double const before = objective(c);
    double size = 0;
    for (double share = 1; share > 1e-12; share /= 2) { // back until it rises
      std::vector<double> next = c;
      for (std::size_t j = 0; j < features; ++j) {
        next[j] += share * step[j];
      }
      if (objective(next) >= before) {
        for (std::size_t j = 0; j < features; ++j) {
          size = std::max(size, std::abs(next[j] - c[j]));
        }
        c = std::move(next);
        break;
      }
    }
    if (size < 1e-12) {
      break;
    }
  }
  return c;
}

} // namespace srlm
