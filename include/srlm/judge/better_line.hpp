/// Reads the line that closes a comparison ("Better: A"). The last one counts; what is not one clear choice is none.
#pragma once
#include <srlm/core/verdict.hpp>
#include <srlm/data/ascii.hpp>
#include <string>
#include <string_view>

namespace srlm {

namespace detail {

/// Behind the word "better" at `at`: its colon, markup and blanks around it passed over; npos where there is none.
inline std::size_t behind_better(std::string_view text, std::size_t at) {
  auto const skip = [&](std::size_t i) {
    while (i < text.size() && (ascii::is_blank(text[i]) || text[i] == '*' || text[i] == '_' || text[i] == '`')) {
      ++i;
    }
    return i;
  };
  bool const is_word = ascii::holds_word_at(text, at, "better") && (at == 0 || !ascii::is_letter(text[at - 1]));
  if (!is_word) {
    return std::string_view::npos;
  }
  std::size_t const colon = skip(at + 6);
  return colon < text.size() && text[colon] == ':' ? skip(colon + 1) : std::string_view::npos;
}

} // namespace detail

/// A: the first answer, B: the second, tie: neither. Semantics: never guesses.
inline Comparison read_better(std::string_view text) {
  Comparison result{std::nullopt, VerdictCause::no_score, std::string(text)};
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t const choice = detail::behind_better(text, at);
    if (choice == std::string_view::npos) {
      continue;
    }
    result.better.reset();
    for (auto const& [word, better] :
         {std::pair("a", Better::first), std::pair("b", Better::second), std::pair("tie", Better::tie)}) {
      std::size_t end = choice + std::string_view(word).size();
      if (!ascii::holds_word_at(text, choice, word)) {
        continue;
      }
      while (end < text.size() && text[end] != '\n' && !ascii::is_letter(text[end]) && !ascii::is_digit(text[end])) {
        ++end;
      }
      if (end == text.size() || text[end] == '\n') { // "A or B" is no choice
        result.better = better;
      }
    }
    result.cause = result.better ? VerdictCause::none : VerdictCause::no_score;
  }
  return result;
}

/// The text with the choice behind every "Better:" taken away: what a judge is shown must not hold one.
inline std::string without_choices(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const choice = detail::behind_better(text, at);
    if (choice == std::string_view::npos) {
      out += text[at++];
      continue;
    }
    out += "Better ...";
    at = choice;
  }
  return out;
}

} // namespace srlm
