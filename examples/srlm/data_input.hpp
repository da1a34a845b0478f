/// Files of examples in any data format, for the commands that learn from them: the options, and what is said of rows
/// that were left out.
#pragma once
#include "command.hpp"
#include "settings.hpp"
#include <srlm/data/seed_file.hpp>
#include <cstdio>

namespace srlm::cli {

/// The names of a list's entries with their counts, "a 3, b 1"; those of none left out.
template <class Counts>
std::string counted(Counts const& counts) {
  std::string text;
  for (auto const& [what, count] : counts) {
    if (count > 0) {
      text += (text.empty() ? "" : ", ") + std::string(what) + " " + std::to_string(count);
    }
  }
  return text;
}

/// What a report says of rows that were not used, a line each, on stderr. Nothing where all were used.
inline void say_left_out(DataReport const& report) {
  auto const say = [](char const* what, std::string const& text) {
    if (!text.empty()) {
      std::fprintf(stderr, "%s: %s\n", what, text.c_str());
    }
  };
  std::map<std::string_view, std::size_t> bad;
  for (auto const& [fault, count] : report.bad) {
    bad[name(fault)] = count;
  }
  say("left out", counted(report.left_out));
  say("bad rows left out", counted(bad));
  for (std::string const& problem : report.first_bad) {
    say("  bad row", problem);
  }
  say("fields not used, in rows", counted(report.ignored));
}

/// Throws: CLI::ValidationError unless the text is "auto" or a format's name.
inline void check_format(std::string const& option, std::string const& format) {
  if (format != "auto") {
    with_part(Formats{}, option, format, [](auto) {});
  }
}

/// The option of every command that reads examples.
struct DataChoice {
  std::string format = "auto";
  bool skip_bad = false;

  void add(CLI::App& app) {
    app.add_option("--format", format, "of the examples: auto, or one of srlm data --list")->capture_default_str();
    app.add_flag("--skip-bad", skip_bad, "leave bad rows out and count them; else the first one ends the command");
  }

  /// fallback: the format where no row says which. Throws: CLI::ValidationError for an unknown format.
  DataOptions options(std::string_view fallback) const {
    check_format("--format", format);
    return {format, std::string(fallback), skip_bad, {}};
  }
};

/// The seeds of a file of any format that gives seeds; says what was left out.
inline std::vector<SeedExample> seeds_of(std::string const& path, DataChoice const& choice) {
  DataReport report;
  auto seeds = read_seeds(path, choice.options(SeedsFormat::name), report);
  say_left_out(report);
  return seeds;
}

} // namespace srlm::cli
