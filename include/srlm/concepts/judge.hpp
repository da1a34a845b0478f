/// Judge and Rubric: who says how good an answer is (section 2.2, LLM-as-a-Judge).
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/core/preference.hpp>
#include <string_view>

namespace srlm {

/// Fills group.scores, one a response; nullopt where no verdict was usable. It receives the current policy: that is
/// what makes the loop self-rewarding. An external judge ignores it.
template <class J, class P>
concept Judge = requires(J& j, P& policy, std::span<JudgedGroup> groups, Seed seed) {
  j.score(policy, groups, seed);
};

/// The text that a judge is asked, and how its answer is read.
/// Semantics: parse() sees only what the judge newly wrote; it never guesses.
template <class R>
concept Rubric = requires(R const& r, Prompt const& x, Response const& y, std::string_view verdict) {
  { r.question(x, y) } -> std::same_as<std::string>;
  { r.parse(verdict) } -> std::same_as<Verdict>;
};

/// The question that a judge of two is asked, and how its answer is read.
template <class R>
concept PairwiseRubric = requires(R const& r, Prompt const& x, Response const& first, Response const& second,
                                  std::string_view text) {
  { r.question(x, first, second) } -> std::same_as<std::string>;
  { r.parse(text) } -> std::same_as<Comparison>;
};

/// Optional: a judge that also makes pairs of its own judgements, so that judging is trained too (Meta-Rewarding). The
/// pairs carry no reference yet.
template <class J, class P>
concept JudgeTrainer = Judge<J, P> && requires(J& j, P& policy, std::span<JudgedGroup const> groups, Seed seed) {
  { j.judge_pairs(policy, groups, seed) } -> std::same_as<std::vector<PreferencePair>>;
};

} // namespace srlm
