/// A stranger's text as it stands in a slot of a judge's question: tags in it lose their bracket and score lines their
/// number, so that an answer can neither close its slot nor give itself a score.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/judge/score_line.hpp>
#include <algorithm> // any_of, min
#include <initializer_list>
#include <string>
#include <string_view>

namespace srlm {

namespace detail {

/// Behind '<' stand a slash or none and one of the names, in any case and with any spaces.
inline bool opens_tag(std::string_view text, std::size_t at, std::initializer_list<std::string_view> names) {
  while (at < text.size() && (text[at] == '/' || ascii::is_space(text[at]))) {
    ++at;
  }
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return ascii::holds_word_at(text, at, name); });
}

} // namespace detail

/// The text with the bracket of every tag of these (lower-case) names made a square one.
inline std::string without_tags(std::string text, std::initializer_list<std::string_view> names) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '<' && detail::opens_tag(text, i + 1, names)) {
      text[i] = '[';
    }
  }
  return text;
}

inline std::string as_quotation(std::string_view text) {
  return without_tags(without_scores(text), {"instruction", "response"});
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
