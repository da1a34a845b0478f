/// The additive five-point rubric (section 2.2, figure 2 of the paper), in words short and plain enough for a small
/// model: one point for each of five statements that hold, the reasons first, then one line with the score.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/data/ascii.hpp>
#include <srlm/judge/score_line.hpp>
#include <algorithm> // min
#include <string>
#include <string_view>

namespace srlm {

/// A Rubric. The scheme comes first, so that all questions share it as a prefix; then the instruction; then the
/// response between tags. What stands in the slots is a stranger's text: tags in it lose their bracket and score lines
/// their number, so that an answer can neither close its slot nor give itself a score.
struct AdditiveRubric {
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
    text += "\n<instruction>\n" + as_quotation(x.text) + "\n</instruction>\n";
    text += "<response>\n" + as_quotation(y.text) + "\n</response>\n\n";
    text += "Give your reasons in at most 80 words, then the line with the score.";
    return text;
  }

  Verdict parse(std::string_view verdict) const { return parse_score(verdict, scale); }

  /// What of a usable verdict is worth learning: all up to its score line, without what a judge goes on to say after
  /// it. The whole text where there is no score.
  std::string_view lesson(std::string_view verdict) const {
    std::size_t end = find_score(verdict, scale).end;
    if (end == 0) {
      return verdict;
    }
    end = std::min(verdict.find('\n', end), verdict.size());
    while (end > 0 && (verdict[end - 1] == ' ' || verdict[end - 1] == '\r')) {
      --end;
    }
    return verdict.substr(0, end);
  }

  /// The text as it stands in a slot.
  static std::string as_quotation(std::string_view text) {
    std::string out = without_scores(text);
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == '<' && opens_tag(out, i + 1)) {
        out[i] = '[';
      }
    }
    return out;
  }

 private:
  /// Behind '<' stand a slash or none and one of our tag names, in any case and with any spaces.
  static bool opens_tag(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == '/' || ascii::is_space(text[at]))) {
      ++at;
    }
    return ascii::holds_word_at(text, at, "response") || ascii::holds_word_at(text, at, "instruction");
  }
};

} // namespace srlm
