/// Each warning is given at its own number, once a turn, and ends the run where it is told to.
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/observe/warnings.hpp>
#include <algorithm> // count
#include <string>
#include <vector>

namespace {

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

/// What a turn without any fault looks like.
PairsSelected healthy(int t) {
  PairsSelected e;
  e.t = t;
  e.groups = 2;
  e.responses = e.verdicts = e.usable_verdicts = 8;
  e.pairs = 2;
  e.mean_length = 20;
  e.scores = {1, 2, 3, 4, 1, 2, 3, 5};
  e.gaps = {3, 4};
  return e;
}

StepTaken step(int t, std::size_t index, double chosen_reward) {
  StepTaken s;
  s.t = t;
  s.step = index;
  s.steps = 8;
  s.chosen_reward = chosen_reward;
  return s;
}

/// The warnings that were given, and an observer that gives them.
struct Heard {
  std::vector<Warning> all;
  Warnings warnings;
  explicit Heard(WarningLimits const& limits = {}, std::set<WarningKind> stop_on = {}, Warnings::Anchor anchor = {})
      : warnings([this](Warning const& w) { all.push_back(w); }, limits, std::move(stop_on), std::move(anchor)) {}

  void only(WarningKind kind, double value) {
    REQUIRE(all.size() == 1);
    INFO(all[0].text);
    CHECK(all[0].kind == kind);
    CHECK(all[0].value == Catch::Approx(value));
    CHECK_THAT(all[0].text, ContainsSubstring("(" + std::string(name_of(kind)) + ", turn 2)"));
    CHECK_THAT(all[0].text, ContainsSubstring("Try "));
    CHECK(all[0].text.find('\n') == std::string::npos);
    all.clear();
  }
};

} // namespace

TEST_CASE("a healthy turn gives no warning") {
  Heard heard;
  for (int t = 1; t <= 3; ++t) {
    heard.warnings(IterationBegan{t});
    CHECK(heard.warnings(healthy(t)) == Control::proceed);
    for (std::size_t i = 0; i < 8; ++i) {
      heard.warnings(step(t, i, 0.2));
    }
    CHECK(heard.warnings(IterationEnded{t}) == Control::proceed);
  }
  CHECK(heard.all.empty());
}

TEST_CASE("nothing that was judged gives no warning") {
  Heard heard;
  PairsSelected nothing;
  heard.warnings(nothing);
  heard.warnings(IterationEnded{0});
  CHECK(heard.all.empty());
}

TEST_CASE("many high scores are saturation, and exactly the limit is not") {
  Heard heard;
  heard.warnings(healthy(1));
  PairsSelected e = healthy(2);
  e.scores = {4, 5, 4, 4.5f, 3.9f};
  heard.warnings(e);
  CHECK(heard.all.empty()); // 4 of 5
  e.scores.push_back(5);
  heard.warnings(e);
  heard.only(WarningKind::saturation, 5.0 / 6.0);
}

TEST_CASE("few usable verdicts are told with their causes") {
  Heard heard;
  PairsSelected e = healthy(2);
  e.usable_verdicts = 3;
  e.unusable["no_score"] = 5;
  heard.warnings(e);
  CHECK_THAT(heard.all.at(0).text, ContainsSubstring("5 no_score"));
  heard.only(WarningKind::usable, 3.0 / 8.0);
}

TEST_CASE("length and score gap are compared with the first turn, not with the one before") {
  Heard heard;
  PairsSelected e = healthy(1);
  heard.warnings(e);
  e.t = 2;
  e.mean_length = 26;
  e.gaps = {2, 2};
  heard.warnings(e);
  CHECK(heard.all.empty()); // 1.3 and 0.57
  e.mean_length = 32;
  heard.warnings(e);
  heard.only(WarningKind::length, 1.6);
  e.mean_length = 20;
  e.gaps = {1, 1, 1};
  heard.warnings(e);
  heard.only(WarningKind::gap, 1 / 3.5);
}

TEST_CASE("the chosen answers' reward counts in the last quarter of a turn's steps, each step once") {
  Heard heard;
  for (std::size_t i = 0; i < 8; ++i) {
    heard.warnings(step(1, i, i < 6 ? -9 : 1));
  }
  heard.warnings(IterationEnded{1});
  CHECK(heard.all.empty());
  for (std::size_t i : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 7u, 7u}) {
    heard.warnings(step(2, i, i < 6 ? 9 : i == 6 ? -0.1 : -0.3));
  }
  heard.warnings(IterationEnded{2});
  heard.only(WarningKind::chosen, -0.2);
}

TEST_CASE("supervised steps have no chosen answers") {
  Heard heard;
  StepTaken s = step(2, 7, -1);
  s.stage = Stage::supervised;
  heard.warnings(s);
  heard.warnings(IterationEnded{2});
  CHECK(heard.all.empty());
}

TEST_CASE("the anchor is compared with its best, that of the first model included") {
  std::vector<std::optional<double>> const values = {std::nullopt, 0.7, 0.65, 0.8, std::nullopt, 0.69};
  std::vector<int> asked;
  Heard heard({}, {}, [&](int model) {
    asked.push_back(model);
    return values.at(static_cast<std::size_t>(model));
  });
  for (int t : {1, 2, 3}) {
    heard.warnings(IterationBegan{t});
    heard.warnings(IterationEnded{t});
  }
  CHECK(heard.all.empty()); // 0.05 below; the best so far; none
  heard.warnings(IterationBegan{4});
  heard.warnings(IterationEnded{4});
  CHECK(asked == std::vector<int>{1, 2, 3, 4, 5});
  REQUIRE(heard.all.size() == 1);
  CHECK(heard.all[0].kind == WarningKind::anchor);
  CHECK(heard.all[0].value == Catch::Approx(0.11));
  CHECK_THAT(heard.all[0].text, ContainsSubstring("from 0.800 to 0.690"));
}

TEST_CASE("a warning ends the run only where it is told to") {
  Heard heard({}, {WarningKind::usable});
  PairsSelected e = healthy(1);
  e.scores = {5, 5, 5};
  CHECK(heard.warnings(e) == Control::proceed);
  CHECK(!heard.warnings.stopped_by());
  e.usable_verdicts = 0;
  CHECK(heard.warnings(e) == Control::stop);
  REQUIRE(heard.warnings.stopped_by());
  CHECK(heard.warnings.stopped_by()->kind == WarningKind::usable);
  CHECK_THAT(heard.all.back().text, ContainsSubstring("The run ends here"));
}

TEST_CASE("in the loop, a stop rule on scores leaves the model as it was, and none lets it learn") {
  auto const turns = [](std::set<WarningKind> stop_on) {
    auto policy = bigram::random();
    struct Everything { // a judge that likes every answer, those with more a's a little more
      void score(bigram::Policy&, std::span<JudgedGroup> groups, Seed) {
        for (JudgedGroup& group : groups) {
          for (Response const& y : group.responses) {
            group.scores.push_back(4 + 0.01f * static_cast<float>(std::count(y.text.begin(), y.text.end(), 'a')));
          }
        }
      }
    } judge;
    FixedPrompts prompts({"one", "two"});
    std::size_t steps = 0;
    std::vector<Warning> said;
    PreferenceTrainer dpo{DpoLoss{}, Sgd{0.1f}};
    Warnings warnings([&](Warning const& w) { said.push_back(w); }, {.saturation = 0.5}, stop_on);
    self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo, {.iterations = 2, .prompts = 4}, warnings,
                   [&](StepTaken const&) { ++steps; });
    auto const saturated =
        std::count_if(said.begin(), said.end(), [](Warning const& w) { return w.kind == WarningKind::saturation; });
    return std::pair(steps, saturated);
  };
  CHECK(turns({WarningKind::saturation}) == std::pair(std::size_t{0}, std::ptrdiff_t{1}));
  auto const [steps, saturated] = turns({});
  CHECK(steps >= 2);
  CHECK(saturated == 2);
}
