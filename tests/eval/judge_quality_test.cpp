/// Judge quality, agreement of votes and histograms of scores against scipy, and where they are undefined.
#include "eval/fixture.hpp"
#include <srlm/eval/judge_quality.hpp>
#include <srlm/eval/score_histogram.hpp>
#include <srlm/eval/self_agreement.hpp>

using namespace srlm;
using namespace eval_fixture;

namespace {

std::vector<RankedGroup> ranked_groups() {
  std::vector<RankedGroup> groups;
  for (Json const& group : eval_json().at("ranked").at("groups")) {
    groups.push_back({numbers(group.at("truth")), scores(group.at("scores"))});
  }
  return groups;
}

JudgedGroup with_votes(std::vector<std::vector<Score>> const& responses) {
  JudgedGroup group{{"x", {}}, {}};
  for (std::vector<Score> const& votes : responses) {
    group.verdicts.emplace_back();
    for (Score vote : votes) {
      group.verdicts.back().push_back({vote, vote ? VerdictCause::none : VerdictCause::no_score, ""});
    }
  }
  return group;
}

} // namespace

TEST_CASE("every measure of every prompt is scipy's, and undefined where scipy's is") {
  auto const groups = ranked_groups();
  Json const& each = eval_json().at("ranked").at("each");
  REQUIRE(each.size() == groups.size());
  for (JudgeMeasure const& measure : judge_measures) {
    std::vector<Ratio> const ratios = measure_each(measure, groups);
    for (std::size_t i = 0; i < groups.size(); ++i) {
      INFO(measure.name << ", prompt " << i);
      check_same(ratios[i].value(), each[i].at(std::string(measure.name)));
    }
  }
}

TEST_CASE("measures over all prompts and their intervals are those of the same resamples elsewhere") {
  Json const& expected = eval_json().at("ranked");
  BootstrapOptions const options{expected.at("resamples"), expected.at("level"), Seed{expected.at("seed")}};
  auto const quality = judge_quality(ranked_groups(), options);
  REQUIRE(quality.size() == expected.at("all").size());
  for (MeasuredQuality const& q : quality) {
    INFO(q.name);
    check_same(q.estimate, expected.at("all").at(std::string(q.name)));
  }
}

TEST_CASE("the numbers of the notes: one swap of four, a tie of the judge, the order reversed") {
  auto const value = [](RankedGroup const& group, std::string_view name) {
    for (MeasuredQuality const& q : judge_quality(std::vector{group}, {.resamples = 1})) {
      if (q.name == name) {
        return q.estimate ? q.estimate->value : -99;
      }
    }
    return 99.0;
  };
  std::vector<double> const truth{0, -1, -2, -3}; // human ranks 1 .. 4
  RankedGroup const swap{truth, {5.0f, 3.0f, 4.0f, 1.0f}}, tie{truth, {4.67f, 4.67f, 3.0f, 3.33f}},
      reversed{truth, {1.0f, 2.0f, 3.0f, 4.0f}};
  CHECK(value(swap, "accuracy_ties_wrong") == Catch::Approx(5.0 / 6));
  CHECK(value(swap, "kendall") == Catch::Approx(0.6667).margin(5e-5));
  CHECK(value(swap, "spearman") == Catch::Approx(0.8));
  CHECK(value(swap, "exact_match") == 0);
  CHECK(value(swap, "top_is_best") == 1);
  CHECK(value(tie, "accuracy_ties_wrong") == Catch::Approx(4.0 / 6));
  CHECK(value(tie, "accuracy_ties_half") == Catch::Approx(4.5 / 6));
  CHECK(value(tie, "accuracy_ties_left_out") == Catch::Approx(4.0 / 5));
  CHECK(value(tie, "kendall") == Catch::Approx(0.5477).margin(5e-5));
  CHECK(value(tie, "spearman") == Catch::Approx(0.7379).margin(5e-5));
  CHECK(value(tie, "top_is_best") == -99); // nothing has the top score: undefined
  CHECK(value(reversed, "kendall") == Catch::Approx(-1));
  CHECK(value(reversed, "spearman") == Catch::Approx(-1));
  CHECK(value(reversed, "accuracy_ties_wrong") == 0);
}

TEST_CASE("a prompt with a missing score has no order to match, and the top score is the rubric's") {
  RankedGroup const missing{{3, 2, 1}, {3.0f, Score(), 1.0f}};
  RankedGroup const ten{{3, 2}, {10.0f, 5.0f}};
  auto const named = [](std::string_view name) {
    return *std::find_if(std::begin(judge_measures), std::end(judge_measures), [&](auto& m) { return m.name == name; });
  };
  CHECK(named("exact_match").of(missing, 5).weight == 0);
  CHECK(named("accuracy_ties_wrong").of(missing, 5).weight == 1);
  CHECK(named("usable").of(missing, 5).value() == Catch::Approx(2.0 / 3));
  CHECK(named("top_is_best").of(ten, 10).weight == 1);
}

TEST_CASE("bad ranked data is refused with the prompt and what is wrong") {
  using Catch::Matchers::ContainsSubstring;
  auto const refused = [](std::vector<RankedGroup> const& groups, char const* words) {
    CHECK_THROWS_WITH(judge_quality(groups), ContainsSubstring(words));
  };
  refused({}, "no prompts");
  refused({{{1, 2}, {1.0f, 2.0f}}, {{1, 2}, {1.0f}}}, "prompt 2: got 2 true values and 1 scores");
  refused({{{1, NAN}, {1.0f, 2.0f}}}, "response 2: got a number that is not finite");
  refused({{{1, 2}, {1.0f, NAN}}}, "response 2: got a number that is not finite");
  CHECK_THROWS_WITH(kendall_tau_b(std::vector<Score>{1.0f}, std::vector<double>{}), ContainsSubstring("1 scores"));
}

TEST_CASE("agreement of votes is Krippendorff's alpha and the share of equal pairs") {
  for (Json const& entry : eval_json().at("agreement")) {
    std::vector<JudgedGroup> groups;
    Ratio equal;
    for (Json const& prompt : entry.at("prompts")) {
      std::vector<std::vector<Score>> responses;
      for (Json const& votes : prompt) {
        responses.push_back(scores(votes));
      }
      groups.push_back(with_votes(responses));
      equal += equal_votes(groups.back());
    }
    check_same(equal.value(), entry.at("equal"));
    check_same(krippendorff_alpha(groups, every_prompt(groups.size())), entry.at("alpha"));
    auto const interval = krippendorff_alpha(groups, BootstrapOptions{.resamples = 50});
    REQUIRE(interval.has_value() == !entry.at("alpha").is_null());
    if (interval) {
      CHECK(interval->low <= interval->value);
      CHECK(interval->value <= interval->high);
    }
  }
}

TEST_CASE("order flips are the comparisons in which the other order gave another result") {
  // Three responses, two votes: [0 first: against 1, against 2], [1 first: against 0, against 2], ...
  JudgedGroup const group = with_votes({{1.0f, 1.0f, 0.5f, Score()}, // 0 beats 1 twice, ties with 2
                                        {0.0f, 1.0f, 1.0f, 1.0f},    // 1 loses to 0, then wins as first; beats 2
                                        {0.5f, 0.0f, 1.0f, 0.0f}});  // 2 ties with 0; wins as first, then loses
  Ratio const flips = order_flips(group), position = first_position(group);
  CHECK(flips.weight == 5); // one of the six has an unusable side
  CHECK(flips.sum == 2);    // 0 against 1, second vote; 1 against 2, first vote
  CHECK(position.value() == Catch::Approx((1 + 0 + 1 + 1 + 0.5 + 0.5 + 1 + 1 + 1 + 0) / 10.0));
  CHECK_FALSE(order_flips(with_votes({{}})).value());
  CHECK_THROWS(order_flips(with_votes({{1.0f}, {1.0f}, {1.0f}})));
}

TEST_CASE("histograms and their drift are scipy's") {
  Json const& e = eval_json().at("drift");
  ScoreHistogram const first = score_histogram(scores(e.at("first"))), second = score_histogram(scores(e.at("second")));
  CHECK(first.counts == e.at("first_counts").get<std::vector<std::size_t>>());
  CHECK(second.counts == e.at("second_counts").get<std::vector<std::size_t>>());
  CHECK(second.missing == 2);
  CHECK(second.share_from(4) == Catch::Approx(5.0 / 6));
  auto const drift = score_drift(first, second);
  REQUIRE(drift);
  check_close(drift->mean_difference, e.at("mean_difference"), 1e-7); // scores are float
  check_close(drift->total_variation, e.at("total_variation"));
  check_close(drift->jensen_shannon, e.at("jensen_shannon"));
  CHECK_FALSE(score_drift(first, score_histogram(std::vector<Score>{Score()})));
  CHECK_THROWS(score_histogram(std::vector<Score>{5.5f}));
  CHECK_THROWS(score_histogram(std::vector<Score>{NAN}));
  CHECK_THROWS(score_drift(first, score_histogram(std::vector<Score>{1.0f}, 0, 10)));
}
