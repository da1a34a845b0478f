/// Plain sentences for what the makers of data lack: explain_prompt_source, explain_pair_selector,
/// explain_answer_selector.
#pragma once
#include <srlm/concepts/answer_selector.hpp>
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/concepts/prompt_source.hpp>

namespace srlm {

template <class S, class P>
consteval bool explain_prompt_source() {
  static_assert(
      requires(S & s, P & p, std::size_t n, Seed seed) { s.next(p, n, seed); },
      "srlm: your prompt source has no member next(Policy&, std::size_t n, srlm::Seed): it must return "
      "std::vector<srlm::Prompt>, at most n new prompts");
  static_assert(
      !requires(S & s, P & p, std::size_t n, Seed seed) { s.next(p, n, seed); } ||
          requires(S & s, P & p, std::size_t n, Seed seed) {
            { s.next(p, n, seed) } -> std::same_as<std::vector<Prompt>>;
          },
      "srlm: your prompt source's next() returns another type: it must return std::vector<srlm::Prompt>, at most n new "
      "prompts");
  return true;
}

template <class S>
consteval bool explain_pair_selector() {
  static_assert(
      requires(S const& s, JudgedGroup const& group, Seed seed) { s(group, seed); },
      "srlm: your pair selector has no member operator()(srlm::JudgedGroup const&, srlm::Seed) const: it must return "
      "std::vector<srlm::WinnerLoser>, indices of the chosen and the rejected response");
  static_assert(
      !requires(S const& s, JudgedGroup const& group, Seed seed) { s(group, seed); } ||
          requires(S const& s, JudgedGroup const& group, Seed seed) {
            { s(group, seed) } -> std::same_as<std::vector<WinnerLoser>>;
          },
      "srlm: your pair selector returns another type: it must return std::vector<srlm::WinnerLoser>, indices of the "
      "chosen and the rejected response");
  return true;
}

template <class S>
consteval bool explain_answer_selector() {
  static_assert(
      requires(S const& s, JudgedGroup const& group) { s(group); },
      "srlm: your answer selector has no member operator()(srlm::JudgedGroup const&) const: it must return "
      "std::vector<std::size_t>, indices of the responses to learn");
  static_assert(
      !requires(S const& s, JudgedGroup const& group) { s(group); } ||
          requires(S const& s, JudgedGroup const& group) {
            { s(group) } -> std::same_as<std::vector<std::size_t>>;
          },
      "srlm: your answer selector returns another type: it must return std::vector<std::size_t>, indices of the "
      "responses to learn");
  return true;
}

} // namespace srlm
