/// A stranger's text as it stands in a slot of a judge's question: tags in it lose their bracket and score lines their
/// number, so that an answer can neither close its slot nor give itself a score.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/judge/score_line.hpp>
#include <algorithm> // min
#include <string>
#include <string_view>

namespace srlm {

namespace detail {

/// Behind '<' stand a slash or none and one of our tag names, in any case and with any spaces.
inline bool opens_tag(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == '/' || ascii::is_space(text[at]))) {
    ++at;
  }
  return ascii::holds_word_at(text, at, "response") || ascii::holds_word_at(text, at, "instruction");
}

} // namespace detail

inline std::string as_quotation(std::string_view text) {
  std::string out = without_scores(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i] == '<' && detail::opens_tag(out, i + 1)) {
      out[i] = '[';
    }
  }
  return out;
}

/// The two slots of a question.
inline std::string instruction_and_response(std::string_view instruction, std::string_view response) {
  return "\n<instruction>\n" + as_quotation(instruction) + "\n</instruction>\n<response>\n" + as_quotation(response) +
         "\n</response>\n\n";
}

/// What of a usable verdict is worth learning: all up to its score line, without what a judge goes on to say after it.
/// The whole text where there is no score.
inline std::string_view up_to_score(std::string_view verdict, ScoreScale const& scale) {
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

} // namespace srlm
