/// The rubric of the paper's ablation (figure 7): one of five descriptions of quality is chosen, not points added up.
/// The paper finds it much worse (table 5); it is here to be compared with.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/judge/quotation.hpp>

namespace srlm {

/// A Rubric, built like AdditiveRubric.
struct MultipleChoiceRubric {
  static constexpr std::string_view name = "multiple_choice";
  static constexpr std::string_view source = "Yuan et al. 2024, figure 7";
  static constexpr ScoreScale scale = {1, 5};

  static constexpr std::string_view scheme =
      "Judge how well a response answers an instruction. Choose the one description that fits it best:\n"
      "1: It is incomplete, vague, off the subject or wrong, or has little to do with what is asked.\n"
      "2: It answers a part of what is asked, but leaves out much or stays on the surface.\n"
      "3: It is helpful and covers the basic question, but not as an assistant would write it for this person.\n"
      "4: It is written as by a good assistant, clear and complete, with small things that could be better.\n"
      "5: It is a perfect answer: expert, exact, well written and with nothing superfluous.\n"
      "First give your reasons in at most 80 words. Then end with one line:\n"
      "Score: <number of the description, 1 to 5>\n";

  static constexpr std::string_view score_line = "\nScore: ";

  std::string question(Prompt const& x, Response const& y) const {
    return std::string(scheme) + instruction_and_response(x.text, y.text) +
           "Give your reasons in at most 80 words, then the line with the score.";
  }

  Verdict parse(std::string_view verdict) const { return parse_score(verdict, scale); }

  /// What of a usable verdict is worth learning.
  std::string_view lesson(std::string_view verdict) const { return up_to_score(verdict, scale); }
};

} // namespace srlm
