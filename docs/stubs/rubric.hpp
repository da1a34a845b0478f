#pragma once
#include <srlm/concepts/explain.hpp>

class MyRubric {
 public:
  /// What the judge is asked: the instruction, the response, what to look for, and how to answer.
  std::string question(srlm::Prompt const& x, srlm::Response const& y) const {
    return "Instruction: " + x.text + "\nResponse: " + y.text + "\nIs it good? Answer yes or no."; // yours
  }

  /// A score, or none with its cause; text is what the judge newly wrote. Never guesses.
  srlm::Verdict parse(std::string_view text) const {
    if (text == "yes" || text == "no") {
      return {text == "yes" ? 1.0f : 0.0f, srlm::VerdictCause::none, std::string(text)};
    }
    return {std::nullopt, srlm::VerdictCause::no_score, std::string(text)};
  }
};
static_assert(srlm::explain_rubric<MyRubric>());

class MyPairwiseRubric {
 public:
  /// What a judge of two is asked; the first response stands before the second.
  std::string question(srlm::Prompt const& x, srlm::Response const& first, srlm::Response const& second) const {
    return x.text + "\nA: " + first.text + "\nB: " + second.text + "\nWhich is better?"; // yours
  }

  /// Which is better, by the order in which they were shown, or nothing with its cause.
  srlm::Comparison parse(std::string_view text) const {
    if (text == "A" || text == "B") {
      return {text == "A" ? srlm::Better::first : srlm::Better::second, srlm::VerdictCause::none, std::string(text)};
    }
    return {std::nullopt, srlm::VerdictCause::no_score, std::string(text)};
  }
};
static_assert(srlm::explain_pairwise_rubric<MyPairwiseRubric>());
