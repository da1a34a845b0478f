/// Reads the line that closes a comparison ("Better: A"). The last one counts; what is not one clear choice is none.
#pragma once
#include <srlm/core/verdict.hpp>
#include <srlm/data/ascii.hpp>
#include <srlm/judge/score_line.hpp> // speaks_of_whole
#include <optional>
#include <string>
#include <string_view>
#include <utility> // pair

namespace srlm {

namespace detail {

/// Behind the word "better" at `at`: its colon, markup and blanks around it passed over; npos where there is none.
inline std::size_t behind_better(std::string_view text, std::size_t at) {
  auto const space = [](char c) { return is_blank(c) || is_markup(c); };
  if (!ascii::holds_word_at(text, at, "better") || (at > 0 && is_letter(text[at - 1]))) {
    return std::string_view::npos;
  }
  Cursor c{text, at + 6};
  c.skip(space);
  if (!c.accept(':')) {
    return std::string_view::npos;
  }
  c.skip(space);
  return c.at;
}

/// "A", "**B**.", "(tie)", "Response A": one choice and nothing else on the line. "A or B", "A?" and "A, because ..."
/// are not.
inline std::optional<Better> read_choice(std::string_view line) {
  Cursor c{line};
  auto const opening = [](char x) {
    return is_blank(x) || is_markup(x) || x == '(' || x == '[' || x == '<' || x == '"';
  };
  auto const closing = [](char x) {
    return is_blank(x) || is_markup(x) || x == ')' || x == ']' || x == '>' || x == '"' || x == '.' || x == '!' ||
           x == '\r';
  };
  c.skip(opening);
  for (std::string_view const shown_as : {"response ", "judgement ", "judgment "}) {
    if (ascii::holds_at(line, c.at, shown_as)) {
      c.at += shown_as.size();
      c.skip(opening);
      break;
    }
  }
  for (auto const& [word, better] :
       {std::pair("a", Better::first), std::pair("b", Better::second), std::pair("tie", Better::tie)}) {
    if (ascii::holds_word_at(line, c.at, word)) {
      c.at += std::string_view(word).size();
      c.skip(closing);
      return c.at == line.size() ? std::optional(better) : std::nullopt;
    }
  }
  return std::nullopt;
}

} // namespace detail

/// A: the first answer, B: the second, tie: neither. Semantics: never guesses. The last "Better:" that speaks of the
/// whole (not "Clarity better: A", "not better: A") is read; where it is not one clear choice, an earlier one does not
/// stand in for it.
inline Comparison read_better(std::string_view text) {
  Comparison result{std::nullopt, VerdictCause::no_score, std::string(text)};
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::size_t const choice = detail::behind_better(text, at);
    if (choice != std::string_view::npos && speaks_of_whole(text, at)) {
      result.better = detail::read_choice(text.substr(choice, text.find('\n', choice) - choice));
    }
  }
  result.cause = result.better ? VerdictCause::none : VerdictCause::no_score;
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
