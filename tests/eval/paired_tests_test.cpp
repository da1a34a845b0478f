/// Tests of differences, intervals and the bootstrap against scipy.
#include "eval/fixture.hpp"
#include <srlm/eval/paired_tests.hpp>

using namespace srlm;
using namespace eval_fixture;

TEST_CASE("distributions and their quantiles are scipy's") {
  Json const& e = eval_json().at("distributions");
  for (Json const& row : e.at("normal")) {
    check_close(normal_quantile(row.at("p")), row.at("x"));
  }
  for (Json const& row : e.at("student")) {
    INFO(row.dump());
    check_close(student_quantile(row.at("p"), row.at("degrees")), row.at("x"), 1e-8);
    check_close(student_below(row.at("x"), row.at("degrees")), row.at("p"));
  }
  for (Json const& row : e.at("beta")) {
    INFO(row.dump());
    check_close(incomplete_beta(row.at("x"), row.at("a"), row.at("b")), row.at("value"));
  }
}

TEST_CASE("sign test and Wilson's interval are scipy's") {
  for (Json const& row : eval_json().at("tests").at("sign")) {
    check_close(sign_test(row.at("wins"), row.at("losses")), row.at("p"));
  }
  for (Json const& row : eval_json().at("tests").at("wilson")) {
    auto const interval = wilson_interval(row.at("successes"), row.at("n"), row.at("level"));
    REQUIRE(interval);
    check_close(interval->low, row.at("low"));
    check_close(interval->high, row.at("high"));
  }
  CHECK_FALSE(wilson_interval(0, 0));
  CHECK_THROWS(wilson_interval(3, 2));
  CHECK_THROWS(wilson_interval(1, 2, 1));
}

TEST_CASE("paired tests are scipy's, and undefined where nothing differs or all differ alike") {
  for (Json const& row : eval_json().at("tests").at("paired")) {
    auto const a = numbers(row.at("a")), b = numbers(row.at("b"));
    INFO(a.size() << " pairs");
    check_same(paired_t_test(a, b), row.at("t"), 1e-8);
    check_same(wilcoxon_test(a, b), row.at("wilcoxon"));
    check_same(mean_interval(differences(a, b)), row.at("mean"), 1e-8);
  }
  CHECK_THROWS(paired_t_test(std::vector<double>{1}, std::vector<double>{1, 2}));
  CHECK_THROWS(wilcoxon_test(std::vector<double>{1, 2}, std::vector<double>{1, NAN}));
  CHECK_THROWS(mean_interval(std::vector<double>{1, INFINITY}));
}

TEST_CASE("the paired bootstrap is that of the same resamples elsewhere") {
  Json const& e = eval_json().at("difference");
  BootstrapOptions const options{e.at("resamples"), e.at("level"), Seed{e.at("seed")}};
  auto const a = as_ratios(numbers(e.at("a"))), b = as_ratios(numbers(e.at("b")));
  check_same(bootstrap_difference(a, b, options), e.at("difference"));
  CHECK_THROWS(bootstrap_difference(a, std::span(b).first(3), options));
  CHECK_THROWS(as_ratios(std::vector<double>{NAN}));
}

TEST_CASE("the bootstrap refuses what it cannot do and is undefined where its statistic is") {
  std::vector<Ratio> const nothing(3), one{{1, 2}, {0, 0}};
  CHECK_FALSE(bootstrap_ratio(nothing));
  CHECK_FALSE(bootstrap_ratio({}));
  CHECK_THROWS(bootstrap_ratio(one, {.resamples = 0}));
  CHECK_THROWS(bootstrap_ratio(one, {.level = 1}));
  auto const estimate = bootstrap_ratio(one, {.resamples = 100}); // resamples without the first prompt have no value
  REQUIRE(estimate);
  CHECK(estimate->low == 0.5);
  CHECK(estimate->high == 0.5);
}

TEST_CASE("a 95% interval holds the truth about 95 times of 100, and a narrower level gives a narrower interval") {
  std::size_t held = 0;
  std::size_t constexpr experiments = 200;
  for (std::size_t k = 0; k < experiments; ++k) {
    std::vector<Ratio> prompts; // clusters of two to four equal outcomes, of which 30% are successes
    for (std::size_t i = 0; i < 100; ++i) {
      Seed const seed = Seed{77}.fork(k).fork(i);
      double const size = static_cast<double>(2 + seed.below(3, 0));
      prompts.push_back({seed.uniform(1) < 0.3 ? size : 0, size});
    }
    auto const wide = *bootstrap_ratio(prompts, {.resamples = 300, .seed = Seed{k}});
    auto const narrow = *bootstrap_ratio(prompts, {.resamples = 300, .level = 0.5, .seed = Seed{k}});
    held += wide.low <= 0.3 && 0.3 <= wide.high ? 1 : 0;
    CHECK(narrow.high - narrow.low < wide.high - wide.low);
  }
  CHECK(held >= 178); // 3.7 standard deviations below 190: by chance once in ten thousand
  CHECK(held <= 199);
}
