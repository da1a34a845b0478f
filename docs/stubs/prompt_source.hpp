#pragma once
#include "policy.hpp"

class MyPrompts {
 public:
  /// At most n new prompts. The policy is there to write them, or to encode a text that comes from elsewhere.
  template <srlm::Generator P>
  std::vector<srlm::Prompt> next(P& policy, std::size_t n, srlm::Seed /*seed*/) {
    std::string const text = "Name a colour."; // yours
    return std::vector<srlm::Prompt>(n, {text, std::as_const(policy).tokenizer().encode_prompt(text)});
  }

  /// Optional: a resumed run tells what it was given before it was interrupted.
  void remember(std::span<srlm::Prompt const> /*given*/) {}
};
static_assert(srlm::explain_prompt_source<MyPrompts, MyPolicy>());
