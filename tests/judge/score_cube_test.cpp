/// Judged groups to cubes and back; nothing that failed or is absent becomes a number.
#include "../io/temporary_folder.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/judge/score_cube.hpp>
#include <cmath>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

static_assert(Judge<ScoreCubeJudge, bigram::Policy>);

namespace {

Verdict vote(float score) { return {score, VerdictCause::none, "text"}; }
Verdict failed(VerdictCause cause) { return {std::nullopt, cause, "text"}; }

/// Prompts with 2, 3 and 0 candidates, with 3, 1 or no votes.
std::vector<JudgedGroup> groups() {
  std::vector<JudgedGroup> all(3);
  all[0].responses.resize(2);
  all[0].verdicts = {{vote(4), failed(VerdictCause::no_score), vote(5)},
                     {failed(VerdictCause::unfinished), failed(VerdictCause::no_answer)}};
  all[1].responses.resize(3);
  all[1].verdicts = {{vote(1)}, {}, {vote(2.5f)}};
  fill_mean_scores(all);
  return all;
}

std::vector<JudgedGroup> unjudged(std::vector<JudgedGroup> all) {
  for (JudgedGroup& group : all) {
    group.scores.clear();
    group.verdicts.clear();
  }
  return all;
}

} // namespace

TEST_CASE("a cube has every vote, and NaN for what failed or is not there") {
  auto const all = groups();
  ScoreCube const cube = score_cube(all);
  REQUIRE(cube.shape() == std::array<std::size_t, 3>{3, 3, 3});
  CHECK(cube(0, 0, 0) == 4);
  CHECK(cube(0, 0, 2) == 5);
  CHECK(cube(1, 2, 0) == 2.5f);
  CHECK(cube(1, 0, 0) == 1);
  std::size_t numbers = 0;
  for (float x : cube) {
    numbers += std::isnan(x) ? 0 : 1;
  }
  CHECK(numbers == 4);
  ScoreMatrix const mean = score_matrix(all);
  REQUIRE(mean.shape() == std::array<std::size_t, 2>{3, 3});
  CHECK(mean(0, 0) == 4.5f);
  CHECK(std::isnan(mean(0, 1)));
  CHECK(mean(1, 2) == 2.5f);
  CHECK(std::isnan(mean(2, 0)));
}

TEST_CASE("scores through a file are the same scores, and no verdict stays no verdict") {
  TemporaryFolder const folder;
  auto const all = groups();
  io::write_npy(folder / "scores.npy", score_cube(all));
  auto again = unjudged(all);
  fill_scores(again, io::read_npy<float, 3>(folder / "scores.npy"));
  for (std::size_t p = 0; p < all.size(); ++p) {
    CHECK(again[p].scores == all[p].scores);
    for (std::size_t c = 0; c < all[p].verdicts.size(); ++c) {
      for (std::size_t v = 0; v < all[p].verdicts[c].size(); ++v) {
        CHECK(again[p].verdicts[c][v].score == all[p].verdicts[c][v].score);
        CHECK((again[p].verdicts[c][v].cause == VerdictCause::none) == again[p].verdicts[c][v].score.has_value());
      }
    }
  }
  CHECK_FALSE(again[0].scores[1].has_value());
  CHECK_FALSE(again[1].scores[1].has_value());
}

TEST_CASE("the score of a judge that keeps no verdicts is its one vote") {
  std::vector<JudgedGroup> all(1);
  all[0].responses.resize(2);
  all[0].scores = {3.0f, std::nullopt};
  ScoreCube const cube = score_cube(all);
  REQUIRE(cube.shape() == std::array<std::size_t, 3>{1, 2, 1});
  CHECK(cube(0, 0, 0) == 3);
  CHECK(std::isnan(cube(0, 1, 0)));
  CHECK(score_cube({}).size() == 0);
}

TEST_CASE("a judge reads numpy's scores prompt after prompt, over calls of any size") {
  ScoreCubeJudge judge(io::read_npy<float, 3>(fixture("npy_scores.npy"))); // made by make_npy_fixtures.py
  bigram::Policy policy;
  std::vector<JudgedGroup> all(3);
  for (JudgedGroup& group : all) {
    group.responses.resize(&group == &all[1] ? 3 : 4);
  }
  judge.score(policy, std::span(all).first(1), Seed{1});
  judge.score(policy, std::span(all).subspan(1), Seed{1});
  CHECK(all[0].scores == std::vector<Score>{0.0625f, std::nullopt, 0.5625f, 0.8125f});
  CHECK(all[1].scores == std::vector<Score>{1.0625f, 1.3125f, 1.5625f});
  CHECK(all[2].scores == std::vector<Score>{2.0625f, 2.3125f, 2.5f, 2.8125f}); // vote 1 of candidate 2 failed
  CHECK_THROWS_WITH(judge.score(policy, std::span(all).first(1), Seed{1}),
                    ContainsSubstring("(3, 4, 2)") && ContainsSubstring("4 prompts at least"));
}

TEST_CASE("a cube that does not fit its groups, or holds infinities, is an error that says where") {
  std::vector<JudgedGroup> all(2);
  all[0].responses.resize(2);
  all[1].responses.resize(1);
  ScoreCube cube({2, 2, 1}, 3.0f);
  CHECK_THROWS_WITH(fill_scores(all, cube), ContainsSubstring("prompt 1, candidate 1") && ContainsSubstring("NaN"));
  cube(1, 1, 0) = std::nanf("");
  CHECK_NOTHROW(fill_scores(all, cube));
  CHECK_THROWS_WITH(fill_scores(all, cube, 1), ContainsSubstring("3 prompts"));
  cube(0, 1, 0) = std::numeric_limits<float>::infinity();
  CHECK_THROWS_WITH(fill_scores(all, cube),
                    ContainsSubstring("prompt 0, candidate 1") && ContainsSubstring("infinite"));
  all[0].responses.resize(3);
  CHECK_THROWS_WITH(fill_scores(all, cube), ContainsSubstring("3 candidates"));
}
