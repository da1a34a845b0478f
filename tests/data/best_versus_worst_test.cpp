#include "support/catch.hpp"

#include <srlm/concepts/pair_selector.hpp>
#include <srlm/data/best_versus_worst.hpp>

#include <cmath>
#include <set>
#include <utility>

using namespace srlm;

static_assert(PairSelector<BestVersusWorst>);

namespace {

JudgedGroup scored(std::vector<Score> scores, std::vector<std::size_t> unfinished = {}) {
  JudgedGroup group{{"x", {1}}, {}};
  for (std::size_t i = 0; i < scores.size(); ++i) {
    group.responses.push_back({std::to_string(i), {static_cast<Token>(i)}, true});
  }
  for (std::size_t i : unfinished) {
    group.responses[i].finished = false;
  }
  group.scores = std::move(scores);
  return group;
}

/// All pairs that some seed gives.
std::set<std::pair<std::size_t, std::size_t>> pairs_of(JudgedGroup const& group, BestVersusWorst const& select = {}) {
  std::set<std::pair<std::size_t, std::size_t>> all;
  for (std::uint64_t s = 0; s < 200; ++s) {
    auto const pairs = select(group, Seed{s});
    REQUIRE(pairs.size() <= 1);
    for (auto [winner, loser] : pairs) {
      all.emplace(winner, loser);
    }
  }
  return all;
}

using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

float const nan_score = std::nanf("");
float const infinite = std::numeric_limits<float>::infinity();

} // namespace

TEST_CASE("the highest score is chosen, the lowest rejected, and either of two highest") {
  CHECK(pairs_of(scored({4.67f, 2.33f, 4.67f, 3.0f})) == Pairs{{0, 1}, {2, 1}});
  CHECK(pairs_of(scored({1.0f, 2.0f})) == Pairs{{1, 0}});
  CHECK(pairs_of(scored({5.0f, 1.0f, 5.0f, 1.0f})) == Pairs{{0, 1}, {0, 3}, {2, 1}, {2, 3}});
}

TEST_CASE("P12: all-equal scores give no pair, and the reason is known") {
  JudgedGroup const group = scored({3.0f, 3.0f, 3.0f});
  CHECK(pairs_of(group).empty());
  CHECK(BestVersusWorst{}.reason(group) == NoPair::equal_scores);
  CHECK(BestVersusWorst{}.reason(scored({3.0f, 4.0f})) == NoPair::none);
}

TEST_CASE("P12: scores that differ by rounding alone are equal") {
  float const a = static_cast<float>((5.0 + 4.0 + 5.0) / 3), b = std::nextafter(a, 5.0f);
  CHECK(pairs_of(scored({a, b})).empty());
  CHECK(pairs_of(scored({a, b, 1.0f})) == Pairs{{0, 2}, {1, 2}});
}

TEST_CASE("P12: equal answers are never a pair") {
  JudgedGroup group = scored({4.0f, 2.0f});
  group.responses[1] = group.responses[0];
  CHECK(pairs_of(group).empty());
  CHECK(BestVersusWorst{}.reason(group) == NoPair::same_answer);
  group = scored({4.0f, 2.0f, 4.0f});
  group.responses[1] = group.responses[0];
  CHECK(pairs_of(group) == Pairs{{2, 1}});
}

TEST_CASE("P12: ties are decided by the seed, evenly, and the same seed decides alike") {
  JudgedGroup const group = scored({5.0f, 5.0f, 5.0f, 1.0f});
  std::size_t counts[3] = {};
  for (std::uint64_t s = 0; s < 3000; ++s) {
    auto const pair = BestVersusWorst{}(group, Seed{s}).at(0);
    auto const again = BestVersusWorst{}(group, Seed{s}).at(0);
    CHECK((pair.winner == again.winner && pair.loser == again.loser));
    ++counts[pair.winner];
  }
  for (std::size_t const n : counts) { // 1000 expected, standard deviation 26
    CHECK(n > 870);
    CHECK(n < 1130);
  }
}

TEST_CASE("an answer without a score is neither chosen nor rejected, nor is one with NaN or an infinite score") {
  CHECK(pairs_of(scored({std::nullopt, 3.0f, 4.0f})) == Pairs{{2, 1}});
  CHECK(pairs_of(scored({nan_score, 3.0f, 4.0f})) == Pairs{{2, 1}});
  CHECK(pairs_of(scored({3.0f, 4.0f, nan_score})) == Pairs{{1, 0}});
  CHECK(pairs_of(scored({infinite, 3.0f, 4.0f, -infinite})) == Pairs{{2, 1}});
  CHECK(pairs_of(scored({nan_score, nan_score})).empty());
}

TEST_CASE("fewer than two scored answers give no pair") {
  for (JudgedGroup const& group : {scored({}), scored({4.0f}), scored({4.0f, std::nullopt}),
                                   scored({std::nullopt, std::nullopt}), scored({nan_score, 4.0f})}) {
    CHECK(pairs_of(group).empty());
    CHECK(BestVersusWorst{}.reason(group) == NoPair::too_few_scores);
  }
  JudgedGroup unscored = scored({1.0f, 2.0f});
  unscored.scores.clear();
  CHECK(pairs_of(unscored).empty());
  JudgedGroup too_many = scored({1.0f, 2.0f});
  too_many.scores.push_back(5.0f);
  CHECK(pairs_of(too_many) == Pairs{{1, 0}});
}

TEST_CASE("P4: an unfinished answer may be rejected, never chosen") {
  CHECK(pairs_of(scored({5.0f, 4.0f, 1.0f}, {0})) == Pairs{{1, 2}});
  CHECK(pairs_of(scored({5.0f, 4.0f, 1.0f}, {2})) == Pairs{{0, 2}});
  CHECK(pairs_of(scored({5.0f, 1.0f}, {0})).empty());
  CHECK(BestVersusWorst{}.reason(scored({5.0f, 1.0f}, {0, 1})) == NoPair::none_finished);
  CHECK(pairs_of(scored({5.0f, 5.0f, 1.0f}, {0})) == Pairs{{1, 2}});
}

TEST_CASE("unfinished answers can be dropped altogether") {
  BestVersusWorst const dropped{UnfinishedAnswers::dropped};
  CHECK(pairs_of(scored({5.0f, 4.0f, 1.0f}, {2}), dropped) == Pairs{{0, 1}});
  CHECK(pairs_of(scored({5.0f, 1.0f}, {1}), dropped).empty());
}

TEST_CASE("large and negative scores of a user's own judge are compared like others") {
  CHECK(pairs_of(scored({-3.0f, -1.0f, 1e30f})) == Pairs{{2, 0}});
}
