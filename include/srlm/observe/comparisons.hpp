/// Sides that were judged against each other, as `srlm compare` and `srlm rate` wrote it: one JSON object a line.
#pragma once
#include <srlm/eval/bootstrap.hpp> // Estimate
#include <srlm/io/jsonl.hpp>
#include <optional>
#include <string>
#include <vector>

namespace srlm::observe {

/// Side a against side b, by `compare`. Shares and rates are a's; nullopt where nothing was usable.
struct ComparedSides {
  std::string a, b;
  std::size_t prompts = 0;
  std::optional<Estimate> win, tie, lose, win_rate, length_controlled;
};

/// One side of `rate`, in Elo's units; rates are against the baseline, which has none.
struct RatedSide {
  std::string name;
  std::size_t games = 0;
  std::optional<Estimate> rating, win_rate, length_controlled;
};

struct RatedSides {
  std::string baseline;
  std::vector<RatedSide> sides;
};

struct Comparisons {
  std::vector<ComparedSides> compared;
  std::vector<RatedSides> rated;
};

namespace detail {

/// {"value", "low", "high"}; nullopt where the key is absent or null.
inline std::optional<Estimate> optional_estimate(io::Json const& object, char const* key, std::string const& where) {
  io::Json const* const e = io::optional_field(object, key, where);
  std::string const place = where + ": " + key;
  return e == nullptr
             ? std::nullopt
             : std::optional(Estimate{io::required_number(*e, "value", place), io::required_number(*e, "low", place),
                                      io::required_number(*e, "high", place)});
}

inline std::size_t required_count(io::Json const& object, char const* key, std::string const& where) {
  std::int64_t const count = io::required_integer(object, key, where);
  if (count < 0) {
    throw Error(where + ": " + key, std::to_string(count), "a count");
  }
  return static_cast<std::size_t>(count);
}

} // namespace detail

/// Throws: Error "file:line: ..." for a line that neither command writes.
inline Comparisons read_comparisons(std::string const& path) {
  using namespace detail;
  Comparisons all;
  io::read_jsonl(path, [&](io::Json const& line, std::size_t number) {
    std::string const where = path + ":" + std::to_string(number);
    if (!line.contains("models")) {
      all.compared.push_back({io::required_string(line, "a", where), io::required_string(line, "b", where),
                              required_count(line, "prompts", where), optional_estimate(line, "win", where),
                              optional_estimate(line, "tie", where), optional_estimate(line, "lose", where),
                              optional_estimate(line, "win_rate", where),
                              optional_estimate(line, "length_controlled_win_rate", where)});
      return;
    }
    RatedSides& rated = all.rated.emplace_back(RatedSides{io::required_string(line, "baseline", where), {}});
    for (io::Json const& side : io::required_array(line, "models", where)) {
      rated.sides.push_back({io::required_string(side, "model", where), required_count(side, "games", where),
                             optional_estimate(side, "rating", where), optional_estimate(side, "win_rate", where),
                             optional_estimate(side, "length_controlled_win_rate", where)});
    }
  });
  return all;
}

} // namespace srlm::observe
