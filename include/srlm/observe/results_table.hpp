/// Results of many runs: a line {"seed", "arm", "model", "measure", "value"} each, and what they say over the seeds.
#pragma once
#include <srlm/eval/paired_tests.hpp> // mean_interval
#include <srlm/io/jsonl.hpp>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace srlm::observe {

/// One measure of one model of one arm: its mean over the seeds, and the interval of 95% where there are two or more.
struct ResultCell {
  std::string measure, arm, model;
  std::size_t seeds = 0;
  double mean = 0;
  std::optional<Estimate> interval = {};
};

/// The cells in the order in which the file first names them. A model may be a name or a number, as "M2" or 2. A line
/// without a number (null) says that there is none. Throws: Error for a line of another form, and for two values of one
/// seed.
inline std::vector<ResultCell> read_results(std::string const& path) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::vector<Key> order;
  std::map<Key, std::map<std::string, double>> values;
  io::read_jsonl(path, [&](io::Json const& line, std::size_t number) {
    std::string const where = path + ":" + std::to_string(number);
    auto const name = [&](char const* key) {
      io::Json const& field = io::required_field(line, key, where);
      return field.is_string() ? field.get<std::string>() : field.dump();
    };
    Key const key{io::required_string(line, "measure", where), name("arm"), name("model")};
    std::optional<double> const value = io::optional_number(line, "value", where);
    if (!values.contains(key)) {
      order.push_back(key);
    }
    auto& seeds = values[key];
    if (value && !seeds.emplace(name("seed"), *value).second) {
      throw Error(where, "a second value of this seed, arm, model and measure", "one");
    }
  });
  std::vector<ResultCell> cells;
  for (Key const& key : order) {
    ResultCell cell{std::get<0>(key), std::get<1>(key), std::get<2>(key), values[key].size()};
    std::vector<double> all;
    for (auto const& [seed, value] : values[key]) {
      all.push_back(value);
      cell.mean += value / static_cast<double>(values[key].size());
    }
    cell.interval = mean_interval(all);
    cells.push_back(std::move(cell));
  }
  return cells;
}

} // namespace srlm::observe
