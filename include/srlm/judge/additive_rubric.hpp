/// The additive five-point rubric (section 2.2, figure 2 of the paper), in words short and plain enough for a small
/// model: one point for each of five statements that hold, the reasons first, then one line with the score.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/judge/quotation.hpp>

namespace srlm {

/// A Rubric. The scheme comes first, so that all questions share it as a prefix; then the instruction; then the
/// response, as quotations.
struct AdditiveRubric {
  static constexpr std::string_view name = "additive";
  static constexpr std::string_view source = "Yuan et al. 2024, figure 2";
  static constexpr ScoreScale scale = {0, 5};

  static constexpr std::string_view scheme =
      "Judge how well a response answers an instruction. Begin with 0 points and add 1 point for each statement that "
      "is "
      "true:\n"
      "1. The response says something about what the instruction asks, even if it is not complete.\n"
      "2. It covers a large part of what the instruction asks.\n"
      "3. It answers the main question in a useful way.\n"
      "4. It is clear, complete and well ordered, as from a good assistant.\n"
      "5. It shows expert knowledge, fits this instruction exactly and has nothing superfluous.\n"
      "First give your reasons in at most 80 words. Then end with one line:\n"
      "Score: <total points, 0 to 5>\n";

  /// How the last line of a verdict begins. With its space: today's tokenizers keep that apart from a digit.
  static constexpr std::string_view score_line = "\nScore: ";

  std::string question(Prompt const& x, Response const& y) const {
    std::string text(scheme);
    text += instruction_and_response(x.text, y.text);
    text += "Give your reasons in at most 80 words, then the line with the score.";
    return text;
  }

  Verdict parse(std::string_view verdict) const { return parse_score(verdict, scale); }

  /// What of a usable verdict is worth learning.
  std::string_view lesson(std::string_view verdict) const { return up_to_score(verdict, scale); }
};

} // namespace srlm
