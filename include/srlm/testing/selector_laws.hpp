/// The semantic half of PairSelector and AnswerSelector, executed on many small groups: equal scores, missing scores,
/// NaN, equal texts, unfinished answers.
#pragma once
#include <srlm/concepts/answer_selector.hpp>
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/testing/violation.hpp>
#include <cmath> // isnan, nanf
#include <set>

namespace srlm::testing {

/// Five answers of few kinds, other ones for every seed.
inline JudgedGroup judged_group(Seed seed) {
  JudgedGroup group{{"x", {1}}, {}};
  for (std::uint64_t i = 0; i < 5; ++i) {
    Seed const draw = seed.fork(i);
    std::size_t const kind = draw.below(8, 0);
    group.responses.push_back({std::to_string(draw.below(4, 1)), Tokens(1 + draw.below(9, 2), 7), kind != 1});
    group.scores.push_back(kind == 0   ? Score()
                           : kind == 2 ? Score(std::nanf(""))
                                       : Score(static_cast<float>(2 * draw.below(4, 3))));
  }
  return group;
}

namespace detail {

inline bool is_scored(Score score) { return score && !std::isnan(*score); }

} // namespace detail

template <PairSelector S>
std::vector<Violation> pair_selector_laws(S const& select) {
  Findings findings;
  bool selects = false;
  for (std::uint64_t k = 0; k < 400; ++k) {
    JudgedGroup const group = judged_group(Seed{k});
    std::vector<WinnerLoser> const pairs = select(group, Seed{k});
    selects = selects || !pairs.empty();
    std::set<std::pair<std::size_t, std::size_t>> seen;
    for (auto [winner, loser] : pairs) {
      bool const inside = winner < group.responses.size() && loser < group.responses.size();
      findings.expect_true("winner and loser are indices of responses", inside);
      if (!inside) {
        continue;
      }
      bool const scored = detail::is_scored(group.scores[winner]) && detail::is_scored(group.scores[loser]);
      findings.expect_true("an answer without a score is in no pair", scored);
      findings.expect_true("the winner's score is higher than the loser's",
                           !scored || *group.scores[winner] > *group.scores[loser]);
      findings.expect_true("an unfinished answer is never the winner", group.responses[winner].finished);
      findings.expect_true("two equal texts are no pair", group.responses[winner].text != group.responses[loser].text);
      findings.expect_true("no pair is given twice", seen.emplace(winner, loser).second);
    }
    std::vector<WinnerLoser> const again = select(group, Seed{k});
    findings.expect_true(
        "the pairs are a function of (group, seed)",
        std::equal(pairs.begin(), pairs.end(), again.begin(), again.end(),
                   [](WinnerLoser a, WinnerLoser b) { return a.winner == b.winner && a.loser == b.loser; }));
  }
  findings.expect_true("some groups give pairs", selects);
  findings.expect_true("a group without responses gives no pair", select(JudgedGroup{{"x", {1}}, {}}, Seed{}).empty());
  return std::move(findings).take();
}

template <AnswerSelector S>
std::vector<Violation> answer_selector_laws(S const& select) {
  Findings findings;
  for (std::uint64_t k = 0; k < 400; ++k) {
    JudgedGroup const group = judged_group(Seed{k});
    std::vector<std::size_t> const answers = select(group);
    for (std::size_t answer : answers) {
      bool const inside = answer < group.responses.size();
      findings.expect_true("an answer is an index of a response", inside);
      findings.expect_true("an answer without a score is not learned",
                           !inside || detail::is_scored(group.scores[answer]));
      findings.expect_true("an unfinished answer is not learned", !inside || group.responses[answer].finished);
    }
    findings.expect_true("no answer is given twice",
                         std::set<std::size_t>(answers.begin(), answers.end()).size() == answers.size());
    findings.expect_true("the answers are a function of the group", select(group) == answers);
  }
  findings.expect_true("a group without responses gives no answer", select(JudgedGroup{{"x", {1}}, {}}).empty());
  return std::move(findings).take();
}

} // namespace srlm::testing
