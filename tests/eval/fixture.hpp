/// tests/fixtures/eval.json: statistics by scipy, scikit-learn and krippendorff (make_eval_fixtures.py).
#pragma once
#include "support/catch.hpp"
#include <srlm/core/verdict.hpp>
#include <srlm/eval/bootstrap.hpp>
#include <srlm/io/json.hpp>
#include <cmath>
#include <string>
#include <vector>

namespace eval_fixture {

using srlm::io::Json;

inline Json const& eval_json() {
  static Json const file = srlm::io::read_json_file(std::string(SRLM_TEST_DATA_DIR) + "/fixtures/eval.json");
  return file;
}

inline std::vector<double> numbers(Json const& list) { return list.get<std::vector<double>>(); }

/// null is a missing score.
inline std::vector<srlm::Score> scores(Json const& list) {
  std::vector<srlm::Score> all;
  for (Json const& score : list) {
    all.push_back(score.is_null() ? srlm::Score() : score.get<float>());
  }
  return all;
}

/// Both programs work in double; sums are in another order, and fits end at another place near the maximum.
inline void check_close(double given, double expected, double relative = 1e-9) {
  INFO(given << " against " << expected);
  CHECK(std::abs(given - expected) <= relative * std::abs(expected) + 1e-12);
}

/// An undefined value is undefined on both sides.
inline void check_same(std::optional<double> given, Json const& expected, double relative = 1e-9) {
  REQUIRE(given.has_value() == !expected.is_null());
  if (given) {
    check_close(*given, expected.get<double>(), relative);
  }
}

inline void check_same(std::optional<srlm::Estimate> const& given, Json const& expected, double relative = 1e-9) {
  REQUIRE(given.has_value() == !expected.is_null());
  if (given) {
    check_close(given->value, expected.at("value"), relative);
    check_close(given->low, expected.at("low"), relative);
    check_close(given->high, expected.at("high"), relative);
  }
}

} // namespace eval_fixture
