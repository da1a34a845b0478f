/// Measures of evaluation as JSON, and the options of their intervals.
#pragma once
#include "command.hpp"
#include <srlm/eval/bootstrap.hpp>

namespace srlm::cli {

/// --resamples and --level.
struct IntervalOptions {
  BootstrapOptions bootstrap;

  void add(CLI::App& app) {
    app.add_option("--resamples", bootstrap.resamples, "draws of the prompts, for the intervals")
        ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 20))
        ->capture_default_str();
    app.add_option("--level", bootstrap.level, "probability with which an interval holds the true value")
        ->check(CLI::Range(0.01, 0.9999))
        ->capture_default_str();
  }

  /// The draws have a stream of their own, so that verdicts do not depend on them.
  BootstrapOptions with(std::uint64_t seed) const {
    BootstrapOptions options = bootstrap;
    options.seed = Seed{seed}.fork(~std::uint64_t{0});
    return options;
  }
};

inline io::OrderedJson number_or_null(std::optional<double> x) {
  return x ? io::OrderedJson(*x) : io::OrderedJson(nullptr);
}

/// {"value", "low", "high"}; null for what is undefined.
inline io::OrderedJson json_of(std::optional<Estimate> const& estimate) {
  return estimate ? io::OrderedJson{{"value", estimate->value}, {"low", estimate->low}, {"high", estimate->high}}
                  : io::OrderedJson(nullptr);
}

} // namespace srlm::cli
