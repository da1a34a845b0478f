/// The semantic half of Judge, JudgeTrainer, Rubric and PairwiseRubric, executed.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/testing/violation.hpp>
#include <algorithm> // equal
#include <cmath>     // isfinite
#include <initializer_list>

namespace srlm::testing {

namespace detail {

inline bool same_answers(std::span<JudgedGroup const> a, std::span<JudgedGroup const> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](JudgedGroup const& x, JudgedGroup const& y) {
    return x.prompt.text == y.prompt.text && x.prompt.tokens == y.prompt.tokens &&
           std::equal(x.responses.begin(), x.responses.end(), y.responses.begin(), y.responses.end(),
                      [](Response const& p, Response const& q) {
                        return p.text == q.text && p.tokens == q.tokens && p.finished == q.finished;
                      });
  });
}

inline bool exclude(bool has_result, VerdictCause cause) { return has_result == (cause == VerdictCause::none); }

} // namespace detail

/// groups: prompts with responses that the policy can read; scores that are there already must not matter.
template <class P, Judge<P> J>
std::vector<Violation> judge_laws(J& judge, P& policy, std::vector<JudgedGroup> const& groups, Seed seed = {}) {
  Findings findings;
  auto judged = groups, again = groups;
  judge.score(policy, std::span(judged), seed);
  findings.expect_true("score() leaves prompts and responses as they are", detail::same_answers(judged, groups));
  for (JudgedGroup const& group : judged) {
    findings.expect_true("score() gives one score or nullopt a response",
                         group.scores.size() == group.responses.size());
    findings.expect_true("verdicts are none, or one list a response",
                         group.verdicts.empty() || group.verdicts.size() == group.responses.size());
    for (Score score : group.scores) {
      findings.expect_true("a score is a finite number: a failed judgement is nullopt",
                           !score || std::isfinite(*score));
    }
    for (std::vector<Verdict> const& verdicts : group.verdicts) {
      for (Verdict const& verdict : verdicts) {
        findings.expect_true("a verdict has a score or the cause why there is none, never both",
                             detail::exclude(verdict.score.has_value(), verdict.cause));
      }
    }
  }
  for (JudgedGroup& group : again) {
    group.scores.assign(group.responses.size(), 77.0f);
  }
  judge.score(policy, std::span(again), seed);
  bool same = true;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    same = same && judged[g].scores == again[g].scores;
  }
  findings.expect_true("score() is a function of (policy, prompts, responses, seed)", same);
  if constexpr (JudgeTrainer<J, P>) {
    for (PreferencePair const& pair : judge.judge_pairs(policy, judged, seed)) {
      findings.expect_true("judge_pairs() pairs two different judgements", pair.chosen.text != pair.rejected.text);
      findings.expect_true("an unfinished judgement is never chosen", pair.chosen.finished);
    }
  }
  return std::move(findings).take();
}

/// A verdict's text and the score that it gives; nullopt: it must give none.
struct VerdictExample {
  std::string_view text;
  Score score;
};

template <Rubric R>
std::vector<Violation> rubric_laws(R const& rubric, Prompt const& x, Response const& y,
                                   std::initializer_list<VerdictExample> examples) {
  Findings findings;
  std::string const question = rubric.question(x, y);
  findings.expect_true("question() holds the instruction", question.find(x.text) != question.npos);
  findings.expect_true("question() holds the response", question.find(y.text) != question.npos);
  findings.expect_true("question() is a function of (prompt, response)", rubric.question(x, y) == question);
  findings.expect_true("parse() makes no score of nothing", !rubric.parse("").score);
  for (VerdictExample const& example : examples) {
    Verdict const verdict = rubric.parse(example.text);
    findings.expect_true("parse() reads the score that is there, and guesses none", verdict.score == example.score);
    findings.expect_true("a verdict has a score or the cause why there is none, never both",
                         detail::exclude(verdict.score.has_value(), verdict.cause));
    findings.expect_true("a verdict keeps the judge's words", verdict.text == example.text);
  }
  return std::move(findings).take();
}

/// A comparison's text and what it says; nullopt: it must say nothing.
struct ComparisonExample {
  std::string_view text;
  std::optional<Better> better;
};

template <PairwiseRubric R>
std::vector<Violation> pairwise_rubric_laws(R const& rubric, Prompt const& x, Response const& first,
                                            Response const& second, std::initializer_list<ComparisonExample> examples) {
  Findings findings;
  std::string const question = rubric.question(x, first, second);
  findings.expect_true("question() holds the instruction", question.find(x.text) != question.npos);
  std::size_t const at = question.find(first.text);
  findings.expect_true("question() shows the first response before the second",
                       at != question.npos && question.find(second.text, at + first.text.size()) != question.npos);
  findings.expect_true("parse() makes no choice of nothing", !rubric.parse("").better);
  for (ComparisonExample const& example : examples) {
    Comparison const comparison = rubric.parse(example.text);
    findings.expect_true("parse() reads the choice that is there, and guesses none",
                         comparison.better == example.better);
    findings.expect_true("a comparison has a choice or the cause why there is none, never both",
                         detail::exclude(comparison.better.has_value(), comparison.cause));
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
