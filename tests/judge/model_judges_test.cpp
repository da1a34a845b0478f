/// Judges beside the sampled votes: expected score, a frozen model, the implicit reward, consistency.
#include "judge/scripted_model.hpp"
#include "support/catch.hpp"
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/consistency_judge.hpp>
#include <srlm/judge/expected_score_judge.hpp>
#include <srlm/judge/frozen_judge.hpp>
#include <srlm/judge/llm_judge.hpp>

using namespace srlm;
using Catch::Approx;

namespace {

/// Also says how likely an answer is: what the test's function says of prompt and answer, as texts.
struct KnowingModel : ScriptedModel {
  std::function<double(std::string const&, std::string const&)> log_prob = {};
  std::size_t views = 0;
  std::vector<std::string> seen = {}; ///< prompts of the views

  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    std::vector<float> out;
    for (SequenceView const& s : sequences) {
      ++views;
      seen.push_back(ByteTokenizer{}.decode(s.prompt));
      out.push_back(static_cast<float>(log_prob(seen.back(), ByteTokenizer{}.decode(s.response))));
    }
    return out;
  }
};

struct BoundedKnowingModel : KnowingModel {
  std::size_t context = 0;
  std::size_t context_length() const { return context; }
};

bool holds(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("the expected score is the mean of the scores under the judge's probabilities") {
  KnowingModel model;
  model.log_prob = [](std::string const& prompt, std::string const& answer) {
    REQUIRE(answer.size() == 1); // the digit alone: all else is the forced line
    double const good = holds(prompt, "red and blue") ? 4 : 1;
    return -2 - std::abs(static_cast<double>(answer[0] - '0') - good);
  };
  auto groups = one(group_of({"red and blue", "no"}));
  ExpectedScoreJudge judge{AdditiveRubric{}};
  judge.score(model, std::span(groups), Seed{1});
  double mass = 0, sum = 0;
  for (int s = 0; s <= 5; ++s) {
    mass += std::exp(-std::abs(s - 4.0));
    sum += s * std::exp(-std::abs(s - 4.0));
  }
  REQUIRE(groups[0].scores.size() == 2);
  CHECK(static_cast<double>(*groups[0].scores[0]) == Approx(sum / mass).epsilon(1e-6));
  CHECK(*groups[0].scores[1] < 2.0f);
  CHECK(groups[0].verdicts[0].size() == 1);
  CHECK(groups[0].verdicts[0][0].cause == VerdictCause::none);
  CHECK(model.views == 12);
  CHECK(model.calls.empty()); // nothing was written
  CHECK(model.seen[0].ends_with("\nScore: "));
  CHECK_THAT(groups[0].verdicts[0][0].text, Catch::Matchers::StartsWith("\nScore: 3."));
}

TEST_CASE("with reasons the expectation stands behind each reasoning, without the score that it named itself") {
  KnowingModel model;
  model.answer = [](std::string const&, Seed seed) {
    return seed == Seed{1}.fork(0).fork(0).fork(0) ? "Fine. It names one.\n**Score: 2" : "Poor work.";
  };
  model.log_prob = [](std::string const& prompt, std::string const& answer) {
    bool const fine = holds(prompt, "Fine. It names one.\nScore: ");
    return answer == (fine ? "5" : "1") ? -0.5 : -60.0;
  };
  auto groups = one(group_of({"red"}));
  ExpectedScoreJudge judge{AdditiveRubric{}, {.reasons = 2}};
  judge.score(model, std::span(groups), Seed{1});
  REQUIRE(groups[0].verdicts[0].size() == 2);
  CHECK(*groups[0].verdicts[0][0].score == Approx(5));
  CHECK(*groups[0].verdicts[0][1].score == Approx(1));
  CHECK(*groups[0].scores[0] == Approx(3));
  for (std::string const& prompt : model.seen) {
    CHECK_FALSE(holds(prompt, "Score: 2"));
  }
}

TEST_CASE("an expected score is not asked for where the question does not fit, and refuses what it cannot work with") {
  BoundedKnowingModel model;
  model.log_prob = [](std::string const&, std::string const&) { return -1.0; };
  auto groups = one(group_of({"red"}));
  model.context = 20;
  ExpectedScoreJudge judge{AdditiveRubric{}};
  judge.score(model, std::span(groups), Seed{1});
  CHECK_FALSE(groups[0].scores[0]);
  CHECK(groups[0].verdicts[0][0].cause == VerdictCause::prompt_too_long);
  model.context = 100000;
  judge.score(model, std::span(groups), Seed{1});
  CHECK(*groups[0].scores[0] == Approx(2.5));
  model.log_prob = [](std::string const&, std::string const&) { return std::nan(""); };
  CHECK_THROWS_WITH(judge.score(model, std::span(groups), Seed{1}), Catch::Matchers::ContainsSubstring("not finite"));
  CHECK_THROWS(ExpectedScoreJudge{AdditiveRubric{}, {.reasons = -1}});
}

TEST_CASE("a frozen judge asks its own model, never the policy") {
  ScriptedModel judge_model{[](std::string const&, Seed) { return "Good.\nScore: 4"; }};
  ScriptedModel policy{[](std::string const&, Seed) -> std::string { throw Error("asked"); }};
  FrozenJudge judge(LlmJudge(AdditiveRubric{}), judge_model);
  static_assert(Judge<decltype(judge), ScriptedModel>);
  auto groups = one(group_of({"red"}));
  judge.score(policy, std::span(groups), Seed{1});
  CHECK(groups[0].scores[0] == Score(4.0f));
}

TEST_CASE("the implicit reward is beta times the log-ratio, less the price of length") {
  KnowingModel policy, reference;
  policy.log_prob = [](std::string const&, std::string const& y) { return y == "red" ? -3.0 : -8.0; };
  reference.log_prob = [](std::string const&, std::string const&) { return -5.0; };
  auto groups = one(group_of({"red", "orange"}));
  ImplicitRewardJudge judge(reference, {.beta = 0.5, .length_penalty = 0.1});
  judge.score(policy, std::span(groups), Seed{});
  CHECK(*groups[0].scores[0] == Approx(0.5 * 2 - 0.3));
  CHECK(*groups[0].scores[1] == Approx(0.5 * -3 - 0.6));
  NoReference none;
  ImplicitRewardJudge own(none, {.beta = 1});
  own.score(policy, std::span(groups), Seed{});
  CHECK(*groups[0].scores[1] == Approx(-8));
}

TEST_CASE("the length penalty that balances chosen and rejected is found") {
  std::vector<JudgedGroup> groups; // longer is likelier, by 0.02 a byte
  for (std::size_t g = 0; g < 40; ++g) {
    JudgedGroup group = group_of({});
    for (std::size_t i = 0; i < 5; ++i) {
      std::size_t const length = 10 + Seed{g}.below(200, i);
      group.responses.push_back({std::string(length, 'x'), {}, true});
      group.scores.push_back(static_cast<float>(0.02 * static_cast<double>(length) + Seed{g}.uniform(90 + i)));
    }
    groups.push_back(group);
  }
  double const penalty = balanced_length_penalty(groups);
  CHECK(penalty > 0.012);
  CHECK(penalty < 0.028);
}

TEST_CASE("agreement of rankings is 1, 0 and 0.9 for equal, reversed and one exchange of five") {
  std::vector<double> const other = {1, 2, 3, 4, 5};
  auto const c = [&](std::vector<Score> const& scores) { return (*kendall_tau(scores, other) + 1) / 2; };
  CHECK(c({1.0f, 2.0f, 3.0f, 4.0f, 5.0f}) == Approx(1));
  CHECK(c({5.0f, 4.0f, 3.0f, 2.0f, 1.0f}) == Approx(0).margin(1e-12));
  CHECK(c({2.0f, 1.0f, 3.0f, 4.0f, 5.0f}) == Approx(0.9));
  CHECK(c({3.0f, 3.0f, 3.0f, 3.0f, 3.0f}) == Approx(0.5));
  CHECK(c({1.0f, Score(), 3.0f, Score(), 5.0f}) == Approx(1));
  CHECK_FALSE(kendall_tau(std::vector<Score>{Score(), 1.0f}, std::vector<double>{1, 2}));
}

TEST_CASE("consistency is the agreement of the judge with a second one, and leaves the scores alone") {
  KnowingModel policy;
  policy.answer = [](std::string const& question, Seed) {
    return std::string("So.\nScore: ") + (holds(question, "crimson") ? "5" : holds(question, "blue") ? "3" : "1");
  };
  policy.log_prob = [](std::string const&, std::string const& y) {
    return y == "crimson" ? -9.0 : y == "blue" ? -5.0 : -6.0;
  };
  auto groups = one(group_of({"crimson", "blue", "no"}));
  NoReference none;
  LlmJudge const verdicts{AdditiveRubric{}};
  ConsistencyJudge judge(verdicts, ImplicitRewardJudge(none));
  judge.score(policy, std::span(groups), Seed{1});
  CHECK(groups[0].scores[0] == Score(5.0f));
  CHECK(groups[0].consistency == Approx((-1.0 / 3 + 1) / 2)); // one of three pairs agrees

  KnowingModel previous = policy; // M_{t-1}, which takes blue for the worst and cannot judge crimson
  previous.answer = [](std::string const& question, Seed) {
    return holds(question, "crimson") ? std::string("So.")
                                      : std::string("So.\nScore: ") + (holds(question, "blue") ? "0" : "1");
  };
  ConsistencyJudge over_time(verdicts, FrozenJudge(verdicts, previous));
  over_time.score(policy, std::span(groups), Seed{1});
  CHECK(groups[0].scores == std::vector<Score>{5.0f, 3.0f, 1.0f});
  CHECK(groups[0].verdicts[0][0].text == "So.\nScore: 5");
  CHECK(groups[0].consistency == 0); // of the two answers that both have scored
}
