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

} // namespace srlm
