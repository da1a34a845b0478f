/// The warnings of a run as options: their limits, what ends the run, and the answers that the judge is watched on.
#pragma once
#include "settings.hpp" // split, joined, short_number
#include <srlm/io/json.hpp>
#include <srlm/observe/warnings.hpp>
#include <CLI/CLI.hpp>

namespace srlm::cli {

/// One limit: its option and what the option says.
struct LimitOption {
  char const* name;
  double WarningLimits::*limit;
  char const* what;
};

inline constexpr LimitOption limit_options[] = {
    {"warn-high-score", &WarningLimits::high_score, "scores from here on are high"},
    {"warn-saturation", &WarningLimits::saturation, "warn above this share of high scores"},
    {"warn-usable", &WarningLimits::usable, "warn below this share of usable verdicts"},
    {"warn-length", &WarningLimits::length, "warn where answers are so many times as long as in the first turn"},
    {"warn-gap", &WarningLimits::gap, "warn below this share of the first turn's gap between chosen and rejected"},
    {"warn-chosen-reward", &WarningLimits::chosen_reward,
     "warn where the chosen answers' reward ends a turn's training below this"},
    {"warn-anchor-fall", &WarningLimits::anchor_fall,
     "warn where the judge's accuracy on the anchor seeds falls so far below its best"}};

struct WarningChoice {
  WarningLimits limits;
  std::string stop_on;
  std::size_t anchor_seeds = 0;

  void add(CLI::App& app) {
    for (LimitOption const& option : limit_options) {
      app.add_option("--" + std::string(option.name), limits.*(option.limit), option.what)
          ->check(CLI::Range(-1e9, 1e9))
          ->capture_default_str();
    }
    app.add_option("--stop-on", stop_on, "warnings that end the run, with commas: " + joined(names()))
        ->capture_default_str();
    app.add_option("--anchor-seeds", anchor_seeds,
                   "let every model judge the ranked answers of so many held-out seeds, to see whether its judgement "
                   "falls; 0: do not")
        ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 20))
        ->capture_default_str();
  }

  /// What ends the run. Throws: CLI::ValidationError for a name that no warning has.
  std::set<WarningKind> kinds() const {
    std::set<WarningKind> kinds;
    for (std::string const& name : split(stop_on)) {
      bool found = false;
      for (WarningKind kind : warning_kinds) {
        if (name == name_of(kind)) {
          kinds.insert(kind);
          found = true;
        }
      }
      if (!found) {
        throw CLI::ValidationError("--stop-on", "got \"" + name + "\", did you mean \"" + nearest(name, names()) +
                                                    "\"? There are " + joined(names()));
      }
    }
    return kinds;
  }

 private:
  static std::vector<std::string> names() {
    std::vector<std::string> all;
    for (WarningKind kind : warning_kinds) {
      all.emplace_back(name_of(kind));
    }
    return all;
  }
};

/// Whether an option says only what is told of a run: the run's results do not depend on it.
inline bool only_warns(std::string const& name) { return name.starts_with("warn-") || name == "stop-on"; }

/// The limits that a run was told, by the record of its options; the defaults where it has none.
inline WarningLimits limits_of(io::Json const& record) {
  WarningLimits limits;
  for (LimitOption const& option : limit_options) {
    limits.*(option.limit) =
        io::optional_number(record, option.name, "srlm_options.json").value_or(limits.*(option.limit));
  }
  return limits;
}

} // namespace srlm::cli
