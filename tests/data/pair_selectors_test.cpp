/// Every pair rule: what all must keep, and what each is for.
#include "support/catch.hpp"
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/data/pair_selectors.hpp>
#include <srlm/data/positive_only.hpp>
#include <srlm/testing/selector_laws.hpp>
#include <map>
#include <set>

using namespace srlm;

namespace {

struct Answer {
  Score score;
  std::size_t length;
  bool finished = true;
};

JudgedGroup group_of(std::vector<Answer> const& answers) {
  JudgedGroup group{{"x", {1}}, {}};
  for (Answer const& answer : answers) {
    group.responses.push_back({std::to_string(group.responses.size()), Tokens(answer.length, 7), answer.finished});
    group.scores.push_back(answer.score);
  }
  return group;
}

using Pairs = std::set<std::pair<std::size_t, std::size_t>>;

template <class S>
Pairs pairs_of(S const& select, JudgedGroup const& group) {
  Pairs all;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (auto [winner, loser] : select(group, Seed{seed})) {
      all.emplace(winner, loser);
    }
  }
  return all;
}

/// Five answers of the notes on length control: score, length.
JudgedGroup const five = group_of({{5.0f, 1900}, {4.2f, 1500}, {3.5f, 1200}, {2.5f, 2400}, {2.0f, 1800}});

} // namespace

TEST_CASE("a rule that gives no pair says why, and one that drops unfinished answers has none") {
  for_each_type(PairSelectors{}, [&]<class S>(std::type_identity<S>) {
    static_assert(PairSelector<S>);
    INFO(S::name);
    std::set<NoPair> reasons;
    for (std::uint64_t k = 0; k < 400; ++k) {
      JudgedGroup const group = testing::judged_group(Seed{k});
      CHECK(S{}(group, Seed{k}).empty() == (S{}.reason(group) != NoPair::none));
      reasons.insert(S{}.reason(group));
    }
    CHECK(reasons.size() >= 4);
    S strict;
    strict.unfinished = UnfinishedAnswers::dropped;
    CHECK(strict(group_of({{5.0f, 3}, {1.0f, 3, false}}), Seed{1}).empty());
    CHECK(S{}(group_of({{5.0f, 3}, {1.0f, 3, false}}), Seed{1}).size() == 1);
  });
}

TEST_CASE("the band takes the shortest near the top and the longest near the bottom") {
  CHECK(pairs_of(RhoBand{0.32}, five) == Pairs{{1, 3}}); // bands from 4.04 up and from 2.96 down
  CHECK(pairs_of(RhoBand{0}, five) == Pairs{{0, 4}});
  CHECK(pairs_of(RhoBand{0}, group_of({{5.0f, 9}, {5.0f, 4}, {1.0f, 4}, {1.0f, 9}})) == Pairs{{1, 3}});
  CHECK(pairs_of(RhoBand{0}, group_of({{5.0f, 4}, {5.0f, 4}, {1.0f, 4}})) == Pairs{{0, 2}, {1, 2}});
}

TEST_CASE("a wider band never makes the chosen answer longer") {
  for (std::uint64_t k = 0; k < 200; ++k) {
    std::vector<Answer> answers;
    for (std::uint64_t i = 0; i < 7; ++i) {
      answers.push_back({static_cast<float>(Seed{k}.below(20, i)) / 4, 1 + Seed{k}.below(100, 50 + i)});
    }
    JudgedGroup const group = group_of(answers);
    auto const narrow = RhoBand{0}(group, Seed{k}), wide = RhoBand{0.3}(group, Seed{k});
    if (!narrow.empty()) {
      REQUIRE(wide.size() == 1);
      CHECK(answers[wide[0].winner].length <= answers[narrow[0].winner].length);
    }
  }
}

TEST_CASE("the band follows its schedule over the turns, and its last width goes on") {
  RhoBand select;
  select.schedule = {0, 0.32};
  CHECK(select.at(1).rho == 0);
  CHECK(select.at(2).rho == 0.32);
  CHECK(select.at(5).rho == 0.32);
  CHECK(RhoBand{0.1}.at(3).rho == 0.1);
}

TEST_CASE("all pairs are all ordered pairs") {
  CHECK(AllPairs{}(five, Seed{}).size() == 10);
  CHECK(pairs_of(AllPairs{}, group_of({{1.0f, 1}, {3.0f, 1}, {3.0f, 1}})) == Pairs{{1, 0}, {2, 0}});
}

TEST_CASE("the k widest gaps are taken, the widest first, ties by the seed") {
  auto const pairs = TopK{3}(five, Seed{4});
  REQUIRE(pairs.size() == 3);
  CHECK(pairs[0].winner == 0);
  CHECK(pairs[0].loser == 4);
  CHECK(pairs[1].loser == 3); // 5.0 - 2.5, then 4.2 - 2.0
  CHECK(pairs[2].winner == 1);
  CHECK(TopK{100}(five, Seed{}).size() == 10);
  CHECK(pairs_of(TopK{1}, group_of({{1.0f, 1}, {3.0f, 1}, {3.0f, 1}})) == Pairs{{1, 0}, {2, 0}});
}

TEST_CASE("a gap that is too small gives no pair, and the reason is the rule") {
  CHECK(pairs_of(MinimumGap{3}, five) == Pairs{{0, 4}});
  CHECK(pairs_of(MinimumGap{3.5}, five).empty());
  CHECK(MinimumGap{3.5}.reason(five) == NoPair::rule);
  CHECK(MinimumGap{0.5}.reason(group_of({{2.0f, 1}, {2.0f, 1}})) == NoPair::equal_scores);
}

TEST_CASE("a random pair is each of the ordered pairs about equally often") {
  std::map<std::pair<std::size_t, std::size_t>, int> seen;
  for (std::uint64_t seed = 0; seed < 5000; ++seed) {
    auto const pair = RandomPair{}(five, Seed{seed});
    REQUIRE(pair.size() == 1);
    ++seen[{pair[0].winner, pair[0].loser}];
  }
  CHECK(seen.size() == 10);
  for (auto const& [pair, count] : seen) {
    CHECK(std::abs(count - 500) < 110);
  }
}

TEST_CASE("positive-only takes finished answers with a perfect score, equal texts once") {
  JudgedGroup group = group_of({{5.0f, 3}, {4.9f, 3}, {5.0f, 3, false}, {Score(), 3}, {5.0f, 3}, {5.0f, 3}});
  group.responses[5].text = group.responses[0].text;
  CHECK(PositiveOnly{}(group) == std::vector<std::size_t>{0, 4});
  CHECK(PositiveOnly{4.5}(group) == std::vector<std::size_t>{0, 1, 4});
}
