#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/data/eft_builder.hpp>
#include <srlm/data/ift.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/llm_judge.hpp>

#include <set>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

namespace {

ByteTokenizer const tokenizer;

/// A seed whose answers "0", "1", ... have these ranks.
SeedExample seed_of(std::string prompt, std::vector<int> ranks, bool held_out = false) {
  SeedExample seed{std::move(prompt), {}, held_out, ""};
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    seed.answers.push_back({"answer " + std::to_string(i), ranks[i]});
  }
  return seed;
}

std::vector<Verdict> votes(std::vector<Score> scores) {
  std::vector<Verdict> all;
  for (Score s : scores) {
    std::string const text = s ? "Reasons.\nScore: " + std::to_string(static_cast<int>(*s)) : "no idea";
    all.push_back({s, s ? VerdictCause::none : VerdictCause::no_score, text});
  }
  return all;
}

/// One vote an answer.
EftData built(std::vector<SeedExample> const& seeds, std::vector<std::vector<Score>> const& scores,
              EftOptions const& options = {.thin = false}, Seed seed = {1}) {
  std::vector<JudgedGroup> groups = eft_groups(tokenizer, seeds);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (Score s : scores.at(g)) {
      groups[g].verdicts.push_back(votes({s}));
    }
  }
  return build_eft(tokenizer, AdditiveRubric{}, std::span<SeedExample const>(seeds), groups, seed, options);
}

EftReport one(std::vector<int> ranks, std::vector<Score> scores, EftTies ties = EftTies::accepted) {
  return built({seed_of("x", std::move(ranks))}, {std::move(scores)}, {.ties = ties, .thin = false}).report;
}

} // namespace

TEST_CASE("IFT is each instruction of the train split with its best answer") {
  std::vector<SeedExample> const seeds = {seed_of("a", {2, 0, 1}), seed_of("b", {0, 1}, true), seed_of("c", {0}),
                                          seed_of("d", {1, 0, 0}), seed_of("e", {}),           seed_of("f", {2, 1})};
  auto const examples = instruction_tuning_examples(tokenizer, seeds);
  REQUIRE(examples.size() == 3);
  CHECK(examples[0].prompt.text == "a");
  CHECK(examples[0].response.text == "answer 1");
  CHECK(examples[1].prompt.text == "c");
  CHECK(examples[2].response.text == "answer 1");
}

TEST_CASE("P4: human answers end with the end of the turn") {
  std::vector<SeedExample> const seeds = {seed_of("a", {0})};
  auto const example = instruction_tuning_examples(tokenizer, seeds).at(0);
  CHECK(example.prompt.tokens == tokenizer.encode_prompt("a"));
  CHECK(example.response.tokens.back() == ByteTokenizer::end);
  CHECK(example.response.finished);
}

TEST_CASE("the judge is asked about the train split's seeds with two answers or more") {
  std::vector<SeedExample> const seeds = {seed_of("a", {0, 1}), seed_of("b", {0, 1}, true), seed_of("c", {0}),
                                          seed_of("d", {2, 1, 0})};
  auto const groups = eft_groups(tokenizer, seeds);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].prompt.text == "a");
  CHECK(groups[1].prompt.text == "d");
  CHECK(groups[1].responses.size() == 3);
  CHECK(groups[1].responses[2].text == "answer 2");
  CHECK(groups[1].responses[2].tokens == tokenizer.encode_response("answer 2"));
}

TEST_CASE("judgements that agree with the ranking are kept, an inversion drops the instruction") {
  CHECK(one({0, 1, 2}, {5.0f, 3.0f, 1.0f}).kept == 1);
  CHECK(one({2, 1, 0}, {1.0f, 3.0f, 5.0f}).kept == 1);
  CHECK(one({0, 1, 2}, {5.0f, 1.0f, 3.0f}).inverted == 1);
  CHECK(one({0, 1}, {1.0f, 2.0f}).inverted == 1);
  CHECK(one({0, 1, 2, 3}, {5.0f, 5.0f, 4.0f, 4.5f}).inverted == 1);
  CHECK(one({0, 0, 1}, {3.0f, 5.0f, 1.0f}).kept == 1); // equal ranks have no order
  auto const dropped = built({seed_of("x", {0, 1})}, {{1.0f, 2.0f}});
  CHECK(dropped.examples.empty());
  CHECK(dropped.report.before.empty());
}

TEST_CASE("a tie is no inversion, unless ties are rejected; nothing but ties is no agreement") {
  CHECK(one({0, 1, 2}, {5.0f, 5.0f, 1.0f}).kept == 1);
  CHECK(one({0, 1, 2}, {5.0f, 5.0f, 1.0f}, EftTies::rejected).tied == 1);
  CHECK(one({0, 1, 2}, {5.0f, 3.0f, 1.0f}, EftTies::rejected).kept == 1);
  CHECK(one({0, 0, 1}, {3.0f, 3.0f, 1.0f}, EftTies::rejected).kept == 1);
  CHECK(one({0, 1, 2}, {4.0f, 4.0f, 4.0f}).tied == 1);
  CHECK(one({0, 0}, {5.0f, 1.0f}).tied == 1);
}

TEST_CASE("unusable judgements are left out, and two usable ones are needed") {
  auto const data = built({seed_of("x", {0, 1, 2})}, {{5.0f, std::nullopt, 1.0f}});
  CHECK(data.report.kept == 1);
  CHECK(data.report.judgements == 3);
  CHECK(data.report.unusable == 1);
  CHECK(data.examples.size() == 2);
  CHECK(one({0, 1}, {5.0f, std::nullopt}).too_few == 1);
  CHECK(one({0, 1}, {std::nullopt, std::nullopt}).too_few == 1);
  auto const none = built({seed_of("x", {0, 1})}, {{std::nullopt, std::nullopt}}, {});
  CHECK(none.examples.empty());
}

TEST_CASE("an EFT example is the judge's question and the verdict, with the end of the turn") {
  auto const data = built({seed_of("Name a fruit.", {0, 1})}, {{5.0f, 1.0f}});
  REQUIRE(data.examples.size() == 2);
  SupervisedExample const& first = data.examples[0];
  CHECK(first.prompt.text == AdditiveRubric{}.question({"Name a fruit.", {}}, {"answer 0", {}}));
  CHECK(first.prompt.tokens == tokenizer.encode_prompt(first.prompt.text));
  CHECK(first.response.text == "Reasons.\nScore: 5");
  CHECK(first.response.tokens == tokenizer.encode_response(first.response.text));
}

TEST_CASE("P4: a verdict that rambles on behind its score is taught to end there") {
  std::vector<SeedExample> const seeds = {seed_of("x", {0, 1})};
  auto groups = eft_groups(tokenizer, seeds);
  groups[0].verdicts = {{{4.0f, VerdictCause::none, "Fine.\nScore: 4\nBut let me add that it is"}}, votes({2.0f})};
  auto const data = build_eft(tokenizer, AdditiveRubric{}, std::span<SeedExample const>(seeds), groups, Seed{});
  CHECK(data.examples.at(0).response.text == "Fine.\nScore: 4");
}

TEST_CASE("of several votes the usable one nearest to the mean counts, the first of equals") {
  CHECK(typical_verdict(votes({1.0f, 4.0f, 5.0f}))->score == 4.0f);
  CHECK(typical_verdict(votes({5.0f, std::nullopt, 1.0f, 4.0f}))->score == 4.0f);
  CHECK(typical_verdict(votes({2.0f, 4.0f}))->score == 2.0f);
  CHECK(typical_verdict(votes({std::nullopt, 3.0f}))->text == "Reasons.\nScore: 3");
  CHECK_FALSE(typical_verdict(votes({std::nullopt})).has_value());
  CHECK_FALSE(typical_verdict({}).has_value());
}

TEST_CASE("the most common score is thinned to the second most common, the others are untouched") {
  std::vector<SeedExample> seeds;
  std::vector<std::vector<Score>> scores;
  for (int i = 0; i < 10; ++i) {
    seeds.push_back(seed_of("x" + std::to_string(i), {0, 1}));
    scores.push_back({4.0f, i < 3 ? 2.0f : i < 8 ? 1.0f : 0.0f});
  }
  auto const data = built(seeds, scores, {});
  CHECK(data.report.before == std::map<float, std::size_t>{{0.0f, 2}, {1.0f, 5}, {2.0f, 3}, {4.0f, 10}});
  CHECK(data.report.after == std::map<float, std::size_t>{{0.0f, 2}, {1.0f, 5}, {2.0f, 3}, {4.0f, 5}});
  CHECK(data.examples.size() == 15);
  auto const same = built(seeds, scores, {}), other = built(seeds, scores, {}, {2});
  auto const prompts = [](EftData const& d) {
    std::vector<std::string> all;
    for (SupervisedExample const& e : d.examples) {
      all.push_back(e.prompt.text);
    }
    return all;
  };
  CHECK(prompts(data) == prompts(same));
  CHECK(prompts(data) != prompts(other));
}

TEST_CASE("thinning never takes the last example of a score, nor one of two that are equally common") {
  auto const even = built({seed_of("x", {0, 1})}, {{4.0f, 2.0f}}, {});
  CHECK(even.examples.size() == 2);
  auto const tiny = built({seed_of("x", {0, 0, 0, 1})}, {{4.0f, 4.0f, 4.0f, 2.0f}}, {});
  CHECK(tiny.report.after == std::map<float, std::size_t>{{2.0f, 1}, {4.0f, 1}});
}

TEST_CASE("no held-out instruction and no IFT prompt is a prompt of EFT") {
  std::vector<SeedExample> const seeds = {seed_of("train one", {0, 1}), seed_of("held out", {0, 1}, true)};
  auto const data = built(seeds, {{5.0f, 1.0f}});
  std::set<std::string> asked;
  for (SupervisedExample const& e : data.examples) {
    CHECK(e.prompt.text.find("held out") == std::string::npos);
    asked.insert(e.prompt.text);
  }
  for (SupervisedExample const& e : instruction_tuning_examples(tokenizer, seeds)) {
    CHECK_FALSE(asked.contains(e.prompt.text));
  }
}

TEST_CASE("groups that are not those of the seeds are refused") {
  std::vector<SeedExample> const seeds = {seed_of("x", {0, 1})};
  std::span<SeedExample const> const s(seeds);
  auto groups = eft_groups(tokenizer, seeds);
  CHECK_THROWS_WITH(build_eft(tokenizer, AdditiveRubric{}, s, groups, Seed{}), ContainsSubstring("no verdicts"));
  groups[0].verdicts = {votes({5.0f}), votes({1.0f})};
  CHECK_NOTHROW(build_eft(tokenizer, AdditiveRubric{}, s, groups, Seed{}));
  auto changed = groups;
  changed[0].responses[1].text = "another";
  CHECK_THROWS_AS(build_eft(tokenizer, AdditiveRubric{}, s, changed, Seed{}), Error);
  changed = groups;
  changed[0].prompt.text = "y";
  CHECK_THROWS_AS(build_eft(tokenizer, AdditiveRubric{}, s, changed, Seed{}), Error);
  CHECK_THROWS_AS(build_eft(tokenizer, AdditiveRubric{}, s, {}, Seed{}), Error);
  changed = {groups[0], groups[0]};
  CHECK_THROWS_AS(build_eft(tokenizer, AdditiveRubric{}, s, changed, Seed{}), Error);
}

TEST_CASE("EFT comes out of a judge that agrees with people, and not out of one that does not") {
  std::vector<SeedExample> const seeds = {seed_of("x", {0, 1, 2}), seed_of("y", {0, 1, 2})};
  ScriptedModel model{[](std::string const& question, Seed) { // wrong about y
    std::size_t const at = question.find("answer ") + 7;
    int const i = question[at] - '0';
    bool const y = question.find("\ny\n") != std::string::npos;
    return "It is number " + std::to_string(i) + ".\nScore: " + std::to_string(y ? i : 5 - i);
  }};
  LlmJudge judge{AdditiveRubric{}, {.votes = 1}};
  auto groups = eft_groups(tokenizer, seeds);
  judge.score(model, std::span(groups), Seed{1});
  auto const data = build_eft(tokenizer, judge.rubric(), std::span<SeedExample const>(seeds), groups, Seed{2});
  CHECK(data.report.kept == 1);
  CHECK(data.report.inverted == 1);
  CHECK(data.examples.size() == 3);
  CHECK(data.examples[0].response.text == "It is number 0.\nScore: 5");
}
