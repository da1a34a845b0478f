/// Reads seed examples from a file: rows of seeds (formats/seeds.hpp), or of any other format that gives seeds.
#pragma once
#include <srlm/data/data_file.hpp>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

/// All seeds of a file, in order. Rows {"prompt", "response"} are seeds with one answer; Open Assistant's trees give
/// their first turns, preferences a seed with two answers, conversations of one turn a seed with one.
/// Throws: BadRow "file:line: ..." for a bad row and for a prompt that an earlier line has (both lines are named), as
/// options say; Error for a file without a seed.
inline std::vector<SeedExample> read_seeds(std::string const& path, DataOptions options, DataReport& report) {
  if (options.fallback.empty()) {
    options.fallback = SeedsFormat::name;
  }
  auto const objects = read_objects(path, options, report);
  options.format = format_of(objects, path, options);
  if (options.format == PromptResponseFormat::name) { // a "split" beside them counts
    options.format = SeedsFormat::name;
  }
  std::vector<SeedExample> seeds;
  with_format(options.format, [&]<class Format>(std::type_identity<Format>) {
    DataRows const rows = read_rows<Format>(objects, options, report);
    for (auto& [seed, where] : rows_as<SeedExample>(rows, options, report)) {
      seeds.push_back(std::move(seed));
    }
  });
  if (seeds.empty()) {
    throw Error(path == "-" ? "standard input" : path, "no seeds",
                "at least one line {\"prompt\": ..., \"answers\": [...], ...}");
  }
  return seeds;
}

/// The same, ending with the first bad row.
inline std::vector<SeedExample> read_seeds(std::string const& path) {
  DataReport report;
  return read_seeds(path, {}, report);
}

} // namespace srlm
