/// What was measured, item by item, so that two models can be compared on the same items: one line a measure in
/// items.jsonl, and its mean in results.jsonl, which srlm::observe::read_results reads.
#pragma once
#include <srlm/eval/bootstrap.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/jsonl.hpp>
#include <string>
#include <vector>

namespace real_model {

/// What every item (a prompt, a pair) adds to a measure of one model; the measure is the sum over the weight.
struct Measured {
  std::string arm, model, measure;
  std::vector<srlm::Ratio> items = {};
};

inline srlm::io::OrderedJson to_json(Measured const& m, std::uint64_t seed) {
  srlm::io::OrderedJson sums = srlm::io::OrderedJson::array(), weights = sums;
  for (srlm::Ratio const& item : m.items) {
    sums.push_back(item.sum);
    weights.push_back(item.weight);
  }
  return {{"seed", seed},         {"arm", m.arm},           {"model", m.model},
          {"measure", m.measure}, {"sum", std::move(sums)}, {"weight", std::move(weights)}};
}

/// A whole file or none.
inline void write_measured(std::string const& path, std::vector<Measured> const& all, std::uint64_t seed) {
  srlm::io::AtomicFile file(path);
  for (Measured const& m : all) {
    file.write(to_json(m, seed).dump() + "\n");
  }
  file.commit();
}

inline std::vector<Measured> read_measured(std::string const& path) {
  std::vector<Measured> all;
  srlm::io::read_jsonl(path, [&](srlm::io::Json const& line, std::size_t number) {
    std::string const where = path + ":" + std::to_string(number);
    Measured m{srlm::io::required_string(line, "arm", where), srlm::io::required_string(line, "model", where),
               srlm::io::required_string(line, "measure", where)};
    srlm::io::Json const& sums = srlm::io::required_array(line, "sum", where);
    srlm::io::Json const& weights = srlm::io::required_array(line, "weight", where);
    if (sums.size() != weights.size()) {
      throw srlm::Error(where, std::to_string(weights.size()) + " weights",
                        std::to_string(sums.size()) + ", one a sum");
    }
    for (std::size_t i = 0; i < sums.size(); ++i) {
      m.items.push_back({sums[i].get<double>(), weights[i].get<double>()});
    }
    all.push_back(std::move(m));
  });
  return all;
}

/// The line of one measure for results.jsonl; null where there is nothing to divide by.
inline srlm::io::OrderedJson result_json(Measured const& m, std::uint64_t seed) {
  auto const value = srlm::sum_of(m.items).value();
  return {{"seed", seed},
          {"arm", m.arm},
          {"model", m.model},
          {"measure", m.measure},
          {"value", value ? srlm::io::OrderedJson(*value) : srlm::io::OrderedJson(nullptr)}};
}

} // namespace real_model
