// What counts as shown, and that results come back as they were written.
#include "../../examples/miniature/claims.hpp"
#include "support/catch.hpp"

using namespace miniature;

namespace {

std::vector<std::uint64_t> const five = {1, 2, 3, 4, 5};

/// Two models of one arm over five seeds.
Measurements two_models(std::vector<double> const& a, std::vector<double> const& b) {
  Measurements all;
  for (std::size_t i = 0; i < five.size(); ++i) {
    Measurement& first = all[{five[i], "x", "M1"}];
    Measurement& second = all[{five[i], "x", "M2"}];
    first.values["quality"] = a[i];
    second.values["quality"] = b[i];
    for (std::size_t k = 0; k < 20; ++k) { // every instruction alike, but for a little
      double const little = 0.001 * static_cast<double>(k);
      first.each["quality"].push_back({a[i] + little, 1});
      second.each["quality"].push_back({b[i] + 2 * little, 1});
    }
  }
  return all;
}

Outcome outcome(Expected expected, double tolerance, std::vector<double> const& b) {
  Claim const claim{"", "quality", {"x", "M1"}, {"x", "M2"}, expected, tolerance};
  return examine(claim, two_models({3.0, 3.1, 3.2, 3.3, 3.4}, b), five).outcome;
}

} // namespace

TEST_CASE("a claim is shown where the interval over seeds lies where it says") {
  std::vector<double> const more = {3.5, 3.6, 3.75, 3.8, 3.9}, less = {2.5, 2.6, 2.75, 2.8, 2.9};
  std::vector<double> const mixed = {3.5, 2.6, 3.7, 2.8, 3.5}, equal = {3.01, 3.09, 3.2, 3.31, 3.39};
  CHECK(outcome(Expected::more, 0, more) == Outcome::shown);
  CHECK(outcome(Expected::more, 0, less) == Outcome::contradicted);
  CHECK(outcome(Expected::more, 0, mixed) == Outcome::not_shown);
  CHECK(outcome(Expected::more, 0, equal) == Outcome::not_shown);
  CHECK(outcome(Expected::not_less, 0.05, equal) == Outcome::shown);
  CHECK(outcome(Expected::not_less, 0.05, mixed) == Outcome::not_shown);
  CHECK(outcome(Expected::not_less, 0.05, less) == Outcome::contradicted);
  CHECK(outcome(Expected::not_more, 0.05, equal) == Outcome::shown);
  CHECK(outcome(Expected::not_more, 0.05, less) == Outcome::shown);
  CHECK(outcome(Expected::not_more, 0.05, more) == Outcome::contradicted);
  CHECK(outcome(Expected::twice, 0, more) == Outcome::contradicted);
  CHECK(outcome(Expected::twice, 0, {6.5, 6.6, 6.75, 6.8, 7.1}) == Outcome::shown);
}

TEST_CASE("a finding counts the seeds that agree, by themselves and by their instructions") {
  Claim const claim{"", "quality", {"x", "M1"}, {"x", "M2"}};
  Finding const f = examine(claim, two_models({3, 3, 3, 3, 3}, {3.5, 3.5, 2.5, 3.5, 3}), five);
  CHECK(f.first.size() == 5);
  CHECK(f.as_expected == 3);
  CHECK(f.tested == 5);
  CHECK(f.by_prompts == 4); // in the last one each instruction gained a little
  REQUIRE(f.difference);
  CHECK(f.difference->value == Catch::Approx(0.2));
  CHECK(f.p);
  Finding const none =
      examine({"", "quality", {"y", "M1"}, {"x", "M2"}}, two_models({3, 3, 3, 3, 3}, {3, 3, 3, 3, 3}), five);
  CHECK(none.first.empty());
  CHECK(none.outcome == Outcome::not_shown);
}

TEST_CASE("results come back as they were written, and a folder keeps its settings") {
  auto const folder = std::filesystem::temp_directory_path() / "srlm-miniature-results";
  std::filesystem::remove_all(folder);
  Measured m1;
  m1.values = {{"quality", 3.25}, {"judge_spearman", std::nullopt}};
  m1.quality = {3, 3.5};
  m1.judge_accuracy = {{2, 3}, {0, 0}};
  {
    Results results(folder, "one");
    CHECK_FALSE(results.has(4, "x"));
    results.put(4, "x", {{"M1", m1}});
    results.put(5, "x", {{"M1", m1}, {"M2", m1}});
    CHECK(results.has(4, "x"));
    CHECK_FALSE(results.has(4, "y"));
  }
  Measurements const all = Results(folder, "one").read();
  CHECK(all.size() == 3);
  Measurement const& back = all.at({4, "x", "M1"});
  CHECK(back.values == std::map<std::string, double>{{"quality", 3.25}});
  CHECK(back.each.at("quality").at(1).sum == 3.5);
  CHECK(back.each.at("judge_accuracy").at(0).weight == 3);
  CHECK_THROWS_WITH(Results(folder, "two"), Catch::Matchers::ContainsSubstring("other settings"));
  std::filesystem::remove_all(folder);
}
