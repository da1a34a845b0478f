/// Plain sentences for what a judge or its rubric lacks: explain_judge, explain_judge_trainer, explain_rubric,
/// explain_pairwise_rubric.
#pragma once
#include <srlm/concepts/judge.hpp>

namespace srlm {

template <class J, class P>
consteval bool explain_judge() {
  static_assert(
      requires(J & j, P & p, std::span<JudgedGroup> groups, Seed seed) { j.score(p, groups, seed); },
      "srlm: your judge has no member score(Policy&, std::span<srlm::JudgedGroup>, srlm::Seed): it must fill "
      "group.scores, one a response, nullopt where there is no usable verdict");
  return true;
}

template <class J, class P>
consteval bool explain_judge_trainer() {
  using Groups = std::span<JudgedGroup const>;
  explain_judge<J, P>();
  static_assert(
      requires(J & j, P & p, Groups groups, Seed seed) { j.judge_pairs(p, groups, seed); },
      "srlm: your judge has no member judge_pairs(Policy&, std::span<srlm::JudgedGroup const>, srlm::Seed): it must "
      "return std::vector<srlm::PreferencePair>, pairs of its own judgements");
  static_assert(
      !requires(J & j, P & p, Groups groups, Seed seed) { j.judge_pairs(p, groups, seed); } ||
          requires(J & j, P & p, Groups groups, Seed seed) {
            { j.judge_pairs(p, groups, seed) } -> std::same_as<std::vector<PreferencePair>>;
          },
      "srlm: your judge's judge_pairs() returns another type: it must return std::vector<srlm::PreferencePair>");
  return true;
}

template <class R>
consteval bool explain_rubric() {
  static_assert(
      requires(R const& r, Prompt const& x, Response const& y) { r.question(x, y); },
      "srlm: your rubric has no member question(srlm::Prompt const&, srlm::Response const&) const: it must return "
      "std::string, what the judge is asked");
  static_assert(
      !requires(R const& r, Prompt const& x, Response const& y) { r.question(x, y); } ||
          requires(R const& r, Prompt const& x, Response const& y) {
            { r.question(x, y) } -> std::same_as<std::string>;
          },
      "srlm: your rubric's question() returns another type: it must return std::string");
  static_assert(
      requires(R const& r, std::string_view text) { r.parse(text); },
      "srlm: your rubric has no member parse(std::string_view) const: it must return srlm::Verdict, a score or none "
      "with its cause");
  static_assert(
      !requires(R const& r, std::string_view text) { r.parse(text); } ||
          requires(R const& r, std::string_view text) {
            { r.parse(text) } -> std::same_as<Verdict>;
          },
      "srlm: your rubric's parse() returns another type: it must return srlm::Verdict, a score or none with its cause; "
      "a failed judgement is never a number");
  return true;
}

template <class R>
consteval bool explain_pairwise_rubric() {
  static_assert(
      requires(R const& r, Prompt const& x, Response const& y) { r.question(x, y, y); },
      "srlm: your pairwise rubric has no member question(srlm::Prompt const&, srlm::Response const& first, "
      "srlm::Response const& second) const: it must return std::string, what the judge of two is asked");
  static_assert(
      !requires(R const& r, Prompt const& x, Response const& y) { r.question(x, y, y); } ||
          requires(R const& r, Prompt const& x, Response const& y) {
            { r.question(x, y, y) } -> std::same_as<std::string>;
          },
      "srlm: your pairwise rubric's question() returns another type: it must return std::string");
  static_assert(
      requires(R const& r, std::string_view text) { r.parse(text); },
      "srlm: your pairwise rubric has no member parse(std::string_view) const: it must return srlm::Comparison, which "
      "of the two is better or none with its cause");
  static_assert(
      !requires(R const& r, std::string_view text) { r.parse(text); } ||
          requires(R const& r, std::string_view text) {
            { r.parse(text) } -> std::same_as<Comparison>;
          },
      "srlm: your pairwise rubric's parse() returns another type: it must return srlm::Comparison, which of the two is "
      "better or none with its cause");
  return true;
}

} // namespace srlm
