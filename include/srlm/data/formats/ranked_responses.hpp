/// Responses beside their ranks, as two lists: what `srlm judge` reads, with the true order. Read only: seeds hold the
/// same.
#pragma once
#include <srlm/data/formats/seeds.hpp>
#include <array>

namespace srlm {

struct RankedResponsesFormat {
  static constexpr std::string_view name = "ranked_responses";
  static constexpr std::string_view form = R"({"prompt", "responses": [text, ...], "ranks": [rank, ...]})";
  static constexpr std::array<std::string_view, 5> fields = {"prompt", "responses", "ranks", "split", "topic"};
  using Row = SeedExample;

  static bool recognises(io::Json const& object) { return object.contains("responses") && object.contains("ranks"); }

  /// Rank 0 is the best; equal ranks are equally good. "split" and "topic" as in seeds; both may be missing.
  /// Throws: Error at where for a missing, blank or mistyped field, for lists of different lengths or without entries,
  /// and for equal responses.
  static SeedExample read(io::Json const& object, std::string const& where) {
    io::Json const& responses = io::required_array(object, "responses", where);
    io::Json const& ranks = io::required_array(object, "ranks", where);
    if (responses.size() != ranks.size() || responses.empty()) {
      throw Error(where, std::to_string(responses.size()) + " responses and " + std::to_string(ranks.size()) + " ranks",
                  "one rank a response, and at least one");
    }
    io::Json seed = object;
    seed.erase("response"); // no field of this format
    seed["answers"] = io::Json::array();
    for (std::size_t i = 0; i < responses.size(); ++i) {
      seed["answers"].push_back({{"text", responses[i]}, {"rank", ranks[i]}});
    }
    if (!seed.contains("split")) {
      seed["split"] = "train";
    }
    return read_seed(seed, where);
  }
};

} // namespace srlm
