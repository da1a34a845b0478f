/// Intervals by the percentile bootstrap: prompts are drawn anew, with all that belongs to them, and the measure is
/// taken again (Efron and Tibshirani 1993).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/core/seed.hpp>
#include <algorithm> // sort
#include <cmath>     // floor
#include <concepts>  // invocable
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

/// A measured value, and the interval that holds the true one with the probability that was asked for.
struct Estimate {
  double value, low, high;
};

struct BootstrapOptions {
  std::size_t resamples = 2000;
  double level = 0.95;
  Seed seed = {};
};

/// The value at a share of the way through sorted numbers, between two neighbours linearly. sorted is not empty.
inline double quantile(std::span<double const> sorted, double share) {
  double const place = share * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(std::floor(place));
  double const rest = place - static_cast<double>(below);
  return rest > 0 ? sorted[below] + rest * (sorted[below + 1] - sorted[below]) : sorted[below];
}

/// 0, 1, .. n - 1: all prompts.
inline std::vector<std::size_t> every_prompt(std::size_t n) {
  std::vector<std::size_t> all(n);
  for (std::size_t i = 0; i < n; ++i) {
    all[i] = i;
  }
  return all;
}

/// Calls f(span of indices, each below n) for every resample. Determinism: resample r takes the prompts that
/// seed.fork(r).below(n, i) names, i = 0 .. n - 1.
/// Throws: Error for no resamples, or a level that is not above 0 and below 1.
template <std::invocable<std::span<std::size_t const>> F>
void for_each_resample(std::size_t n, BootstrapOptions const& options, F&& f) {
  require(options.resamples > 0, "bootstrap", "no resamples", "at least 1");
  require(options.level > 0 && options.level < 1, "bootstrap", "a level out of its range", "above 0 and below 1");
  std::vector<std::size_t> chosen(n);
  for (std::size_t r = 0; r < options.resamples; ++r) {
    Seed const seed = options.seed.fork(r);
    for (std::size_t i = 0; i < n; ++i) {
      chosen[i] = seed.below(n, i);
    }
    f(std::span<std::size_t const>(chosen));
  }
}

/// The value with the interval that leaves out the same share of the resamples' values on both sides; there is at least
/// one.
inline Estimate percentile_interval(double value, std::vector<double> resampled, double level) {
  std::sort(resampled.begin(), resampled.end());
  double const tail = (1 - level) / 2;
  return {value, quantile(resampled, tail), quantile(resampled, 1 - tail)};
}

/// The statistic of n prompts with its interval. statistic(span of indices) -> std::optional<double>; nullopt where it
/// is undefined. The estimate is undefined where the statistic of all prompts is; resamples without a value are left
/// out. Throws: as for_each_resample.
template <std::invocable<std::span<std::size_t const>> F>
std::optional<Estimate> bootstrap(std::size_t n, F statistic, BootstrapOptions const& options = {}) {
  std::optional<double> const value = n > 0 ? statistic(std::span<std::size_t const>(every_prompt(n))) : std::nullopt;
  if (!value) {
    return std::nullopt;
  }
  std::vector<double> values;
  for_each_resample(n, options, [&](std::span<std::size_t const> chosen) {
    if (std::optional<double> const x = statistic(chosen)) {
      values.push_back(*x);
    }
  });
  return values.empty() ? std::nullopt : std::optional(percentile_interval(*value, std::move(values), options.level));
}

/// What one prompt adds to a measure that is a sum over prompts divided by another: a mean, a share, an accuracy.
struct Ratio {
  double sum = 0, weight = 0;

  Ratio& operator+=(Ratio const& other) {
    sum += other.sum;
    weight += other.weight;
    return *this;
  }
  /// nullopt where there is nothing to divide by.
  std::optional<double> value() const { return weight > 0 ? std::optional<double>(sum / weight) : std::nullopt; }
};

/// What the prompts that are named add up to.
inline Ratio sum_of(std::span<Ratio const> prompts, std::span<std::size_t const> chosen) {
  Ratio all;
  for (std::size_t i : chosen) {
    all += prompts[i];
  }
  return all;
}

inline Ratio sum_of(std::span<Ratio const> prompts) {
  Ratio all;
  for (Ratio const& prompt : prompts) {
    all += prompt;
  }
  return all;
}

/// One value a prompt as ratios, so that their ratio is their mean. Throws: Error for a value that is not finite.
inline std::vector<Ratio> as_ratios(std::span<double const> values) {
  std::vector<Ratio> ratios;
  for (double x : values) {
    require(std::isfinite(x), "as_ratios", "a value that is not finite", "finite values");
    ratios.push_back({x, 1});
  }
  return ratios;
}

inline std::optional<Estimate> bootstrap_ratio(std::span<Ratio const> prompts, BootstrapOptions const& options = {}) {
  return bootstrap(
      prompts.size(), [&](std::span<std::size_t const> chosen) { return sum_of(prompts, chosen).value(); }, options);
}

/// Paired: b - a over the same prompts, both measured on each resample. What both share cancels.
/// Throws: Error for different numbers of prompts.
inline std::optional<Estimate> bootstrap_difference(std::span<Ratio const> a, std::span<Ratio const> b,
                                                    BootstrapOptions const& options = {}) {
  if (a.size() != b.size()) {
    throw Error("bootstrap_difference", std::to_string(a.size()) + " and " + std::to_string(b.size()) + " prompts",
                "the same prompts on both sides");
  }
  return bootstrap(
      a.size(),
      [&](std::span<std::size_t const> chosen) -> std::optional<double> {
        auto const x = sum_of(a, chosen).value(), y = sum_of(b, chosen).value();
        return x && y ? std::optional<double>(*y - *x) : std::nullopt;
      },
      options);
}

} // namespace srlm
