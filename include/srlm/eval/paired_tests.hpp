/// Whether one side of paired measurements is better than the other: over the prompts of one run, or over runs. All
/// p-values are two-sided.
#pragma once
#include <srlm/eval/bootstrap.hpp>
#include <srlm/eval/distributions.hpp>
#include <srlm/judge/rank_agreement.hpp> // average_ranks
#include <cstdint>

namespace srlm {

/// The exact binomial test that wins and losses are equally likely; ties say nothing. 1 where there are neither.
inline double sign_test(std::size_t wins, std::size_t losses) {
  std::size_t const n = wins + losses;
  return n == 0 ? 1 : std::min(1.0, 2 * fair_binomial_below(std::min(wins, losses), n));
}

/// Wilson's interval for a share of n. nullopt for n = 0. Throws: Error for more successes than n.
inline std::optional<Estimate> wilson_interval(double successes, double n, double level = 0.95) {
  require(successes >= 0 && successes <= n, "wilson_interval", "successes out of their range", "from 0 to n");
  require(level > 0 && level < 1, "wilson_interval", "a level out of its range", "above 0 and below 1");
  if (n == 0) {
    return std::nullopt;
  }
  double const z = normal_quantile((1 + level) / 2), p = successes / n, zz = z * z / n;
  double const centre = p + zz / 2, half = z * std::sqrt(p * (1 - p) / n + zz / (4 * n));
  return Estimate{p, std::max(0.0, (centre - half) / (1 + zz)), std::min(1.0, (centre + half) / (1 + zz))};
}

/// A mean, and the sum of the squares of what each value is from it.
struct Deviations {
  double mean = 0, squares = 0;
};

inline Deviations deviations_of(std::span<double const> values) {
  Deviations all;
  for (double x : values) {
    all.mean += x / static_cast<double>(values.size());
  }
  for (double x : values) {
    all.squares += (x - all.mean) * (x - all.mean);
  }
  return all;
}

/// The mean of a few measurements (runs, say) with the interval of Student's distribution, which few resamples of few
/// numbers would make too narrow. nullopt for fewer than two.
inline std::optional<Estimate> mean_interval(std::span<double const> values, double level = 0.95) {
  require(level > 0 && level < 1, "mean_interval", "a level out of its range", "above 0 and below 1");
  if (values.size() < 2) {
    return std::nullopt;
  }
  for (double x : values) {
    require(std::isfinite(x), "mean_interval", "a value that is not finite", "finite values");
  }
  double const n = static_cast<double>(values.size());
  auto const [mean, squares] = deviations_of(values);
  double const half = student_quantile((1 + level) / 2, n - 1) * std::sqrt(squares / (n - 1) / n);
  return Estimate{mean, mean - half, mean + half};
}

/// b - a, pair by pair. Throws: Error for sides of different sizes and for values that are not finite.
inline std::vector<double> differences(std::span<double const> a, std::span<double const> b) {
  if (a.size() != b.size()) {
    throw Error("paired test", std::to_string(a.size()) + " and " + std::to_string(b.size()) + " measurements",
                "the same prompts or runs on both sides");
  }
  std::vector<double> d;
  for (std::size_t i = 0; i < a.size(); ++i) {
    d.push_back(b[i] - a[i]);
    require(std::isfinite(d.back()), "paired test", "a measurement that is not finite", "finite measurements");
  }
  return d;
}

/// The paired t-test that b - a has mean 0. nullopt for fewer than two pairs, and where all differences are the same,
/// for which it is undefined.
inline std::optional<double> paired_t_test(std::span<double const> a, std::span<double const> b) {
  std::vector<double> const d = differences(a, b);
  double const n = static_cast<double>(d.size());
  auto const [mean, squares] = deviations_of(d);
  if (d.size() < 2 || squares <= 0) {
    return std::nullopt;
  }
  double const t = mean / std::sqrt(squares / (n - 1) / n);
  return 2 * student_below(-std::abs(t), n - 1);
}

/// Wilcoxon's signed-rank test that b - a is symmetric about 0. Differences of 0 are left out; equal sizes share their
/// mean rank. The distribution is exact, ties included, for up to 60 differences, else normal with the ties' variance.
/// nullopt where all differences are 0.
inline std::optional<double> wilcoxon_test(std::span<double const> a, std::span<double const> b) {
  std::vector<double> size, difference;
  for (double x : differences(a, b)) {
    if (x != 0) {
      size.push_back(std::abs(x));
      difference.push_back(x);
    }
  }
  if (size.empty()) {
    return std::nullopt;
  }
  std::vector<double> const ranks = average_ranks(size);
  double positive = 0, all = 0, squares = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    positive += difference[i] > 0 ? ranks[i] : 0;
    all += ranks[i];
    squares += ranks[i] * ranks[i];
  }
  double const smaller = std::min(positive, all - positive);
  if (ranks.size() > 60) {
    return std::min(1.0, 2 * normal_below((smaller - all / 2) / std::sqrt(squares / 4)));
  }
  // Each difference has either sign with probability 1/2: the chance of each sum of ranks, in halves.
  std::vector<double> chance{1};
  for (double rank : ranks) {
    auto const step = static_cast<std::size_t>(2 * rank);
    std::vector<double> next(chance.size() + step);
    for (std::size_t s = 0; s < chance.size(); ++s) {
      next[s] += chance[s] / 2;
      next[s + step] += chance[s] / 2;
    }
    chance = std::move(next);
  }
  double below = 0;
  for (std::size_t s = 0; s <= static_cast<std::size_t>(2 * smaller); ++s) {
    below += chance[s];
  }
  return std::min(1.0, 2 * below);
}

} // namespace srlm
