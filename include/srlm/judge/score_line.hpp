/// Reads the score that closes a verdict ("Score: 4"), and takes such lines out of the texts that a judge is shown. The
/// last score wins, because the reasoning before it may name others; what cannot be read without guessing is no score.
#pragma once
#include <srlm/core/verdict.hpp>
#include <srlm/data/ascii.hpp>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace srlm {

/// The scale of a rubric, both ends included.
struct ScoreScale {
  float lowest = 0, highest = 5;
};

namespace detail {

using ascii::is_blank;
using ascii::is_digit;
using ascii::is_letter;
constexpr bool is_markup(char c) { return c == '*' || c == '_' || c == '`'; }

/// Reads characters from left to right; never past the end, where peek() is '\0'.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  constexpr char peek(std::size_t ahead = 0) const { return ahead < text.size() - at ? text[at + ahead] : '\0'; }
  template <class Predicate>
  constexpr void skip(Predicate belongs) {
    while (at < text.size() && belongs(text[at])) {
      ++at;
    }
  }
  constexpr bool accept(char c) {
    if (at < text.size() && text[at] == c) {
      ++at;
      return true;
    }
    return false;
  }
};

/// The word "score" with its colon, as in "Score:", "**Score**:" and "Score (0-5):". begin: of the word; end: behind
/// the colon. npos: there is none from `from` on.
struct ScoreAnchor {
  std::size_t begin, end;
};

constexpr ScoreAnchor next_anchor(std::string_view text, std::size_t from) {
  for (std::size_t i = from; i < text.size(); ++i) {
    if ((i > 0 && is_letter(text[i - 1])) || !ascii::holds_word_at(text, i, "score")) {
      continue;
    }
    Cursor c{text, i + 5};
    auto const space = [](char x) { return is_markup(x) || is_blank(x); };
    c.skip(space);
    if (c.accept('(')) { // a remark on the scale
      std::size_t const longest = c.at + 20;
      while (c.at < longest && c.peek() != ')' && c.peek() != '\n' && c.peek() != '\0') {
        ++c.at;
      }
      if (!c.accept(')')) {
        continue;
      }
      c.skip(space);
    }
    if (c.accept(':')) {
      return {i, c.at};
    }
  }
  return {std::string_view::npos, std::string_view::npos};
}

/// Whether the anchor stands in a list of parts: "2. It is clear. Score: 1". Right behind the number it is an item of
/// its own: "6. Score: 4".
constexpr bool is_in_list_item(std::string_view text, std::size_t anchor) {
  constexpr std::size_t longest_item = 500; // so that a hostile line without an end costs no square of its length
  std::size_t line = anchor;
  while (line > 0 && text[line - 1] != '\n' && anchor - line < longest_item) {
    --line;
  }
  Cursor c{text.substr(0, anchor), line};
  auto const space = [](char x) { return is_markup(x) || is_blank(x); };
  c.skip(space);
  std::size_t const number = c.at;
  c.skip(is_digit);
  if (c.at == number || !(c.accept('.') || c.accept(')'))) {
    return false;
  }
  c.skip(space);
  return c.at < anchor;
}

} // namespace detail

/// Whether the word at `at`, which opens a closing line ("score", "better"), speaks of the whole: "Relevance score: 1"
/// and "Criterion 2 score: 1" speak of a part, "not better: A" of something else. The word right before it must be
/// none, or one of these.
constexpr bool speaks_of_whole(std::string_view text, std::size_t at) {
  using namespace detail;
  std::size_t end = at;
  while (end > 0 && (is_markup(text[end - 1]) || is_blank(text[end - 1]))) {
    --end;
  }
  if ((end > 0 && is_digit(text[end - 1])) || is_in_list_item(text, at)) {
    return false;
  }
  std::size_t begin = end;
  while (begin > 0 && is_letter(text[begin - 1])) {
    --begin;
  }
  if (begin == end) {
    return true;
  }
  constexpr std::array<std::string_view, 9> words = {"total", "final", "overall", "my",       "the",
                                                     "so",    "thus",  "hence",   "therefore"};
  for (std::string_view const word : words) {
    if (end - begin == word.size() && ascii::holds_word_at(text, begin, word)) {
      return true;
    }
  }
  return false;
}

namespace detail {

enum class Reading { nothing, unclear, outside, number };

struct NumberRead {
  Reading reading;
  double value = 0;
  std::size_t end = 0; ///< behind the number
};

/// Digits with at most one decimal point. A full stop that ends the sentence is not part of it.
constexpr NumberRead read_number(Cursor c) {
  bool const minus = c.peek() == '-';
  if (minus || c.peek() == '+') {
    ++c.at;
  }
  if (!is_digit(c.peek())) {
    return {Reading::nothing};
  }
  double value = 0;
  while (is_digit(c.peek())) {
    value = 10 * value + (c.peek() - '0');
    ++c.at;
  }
  if (c.peek() == '.' && is_digit(c.peek(1))) {
    ++c.at;
    for (double place = 0.1; is_digit(c.peek()); place /= 10, ++c.at) {
      value += place * (c.peek() - '0');
    }
  }
  return {minus && value > 0 ? Reading::outside : Reading::number, value, c.at};
}

/// The number behind an anchor, and whether what follows leaves it clear: "4-5", "4 or 5", "1+1+1", "4,5", "4th" and
/// "1.2.3" do not.
constexpr NumberRead read_score(std::string_view text, std::size_t from, ScoreScale const& scale) {
  Cursor c{text, from};
  c.skip([](char x) { return is_markup(x) || is_blank(x) || x == '<' || x == '[' || x == '(' || x == '"'; });
  NumberRead read = read_number(c);
  if (read.reading == Reading::nothing) {
    return read;
  }
  c.at = read.end;
  bool const more_digits = (c.peek() == ',' || c.peek() == '.') && is_digit(c.peek(1));
  if (is_letter(c.peek()) || c.peek() == '%' || more_digits) {
    return {Reading::unclear, 0, c.at};
  }
  c.skip([](char x) { return is_markup(x) || is_blank(x) || x == '>' || x == ']' || x == '"'; });
  for (std::string_view const dash : {"-", "\xE2\x80\x93", "\xE2\x80\x94", "to ", "or ", "and "}) {
    if (text.substr(c.at).starts_with(dash)) {
      Cursor other{text, c.at + dash.size()};
      other.skip(is_blank);
      if (is_digit(other.peek())) {
        return {Reading::unclear, 0, c.at};
      }
    }
  }
  if (c.peek() == '+' || c.peek() == '=') {
    return {Reading::unclear, 0, c.at};
  }
  bool const of = ascii::holds_word_at(text, c.at, "out") || ascii::holds_word_at(text, c.at, "of");
  if (c.peek() == '/' || of) { // on which scale?
    c.skip([](char x) { return is_letter(x) || is_blank(x) || x == '/'; });
    NumberRead const scale_end = read_number(c);
    if (scale_end.reading == Reading::number && scale_end.value != static_cast<double>(scale.highest)) {
      return {Reading::outside, 0, read.end};
    }
  }
  bool const inside =
      read.value >= static_cast<double>(scale.lowest) && read.value <= static_cast<double>(scale.highest);
  if (read.reading == Reading::number && !inside) {
    read.reading = Reading::outside;
  }
  return read;
}

} // namespace detail

/// Where a text's last score stands.
struct ScoreLine {
  Verdict verdict;                            ///< its text is left empty
  std::size_t end = 0;                        ///< behind the number; 0 where there is no score
  std::size_t begin = std::string_view::npos; ///< of its word "score", also of one without a clear number; npos: none
};

/// The last score of a text: the word "score" (any case, markup around it, not the score of a part as in "Clarity
/// score: 1"), a colon, and a number on the same line. An anchor without a number is a placeholder and is passed over.
/// Anything else that follows the last anchor but is not one clear number of the scale makes the verdict unusable: an
/// earlier score does not stand in for it.
inline ScoreLine find_score(std::string_view text, ScoreScale const& scale = {}) {
  ScoreLine line{{std::nullopt, VerdictCause::no_score, {}}};
  for (auto anchor = detail::next_anchor(text, 0); anchor.end != std::string_view::npos;
       anchor = detail::next_anchor(text, anchor.end)) {
    if (!speaks_of_whole(text, anchor.begin)) {
      continue;
    }
    detail::NumberRead const read = detail::read_score(text, anchor.end, scale);
    switch (read.reading) {
    case detail::Reading::nothing:
      break;
    case detail::Reading::unclear:
      line = {{std::nullopt, VerdictCause::no_score, {}}, 0, anchor.begin};
      break;
    case detail::Reading::outside:
      line = {{std::nullopt, VerdictCause::out_of_range, {}}, 0, anchor.begin};
      break;
    case detail::Reading::number:
      line = {{static_cast<float>(read.value), VerdictCause::none, {}}, read.end, anchor.begin};
      break;
    }
  }
  return line;
}

/// The verdict of a judge's text (see find_score).
inline Verdict parse_score(std::string_view text, ScoreScale const& scale = {}) {
  Verdict verdict = find_score(text, scale).verdict;
  verdict.text = text;
  return verdict;
}

/// The text with the number behind every "score:" replaced by "...", also behind those of a part and on the next line:
/// what a judge is shown must not hold a score that it could take for its own.
inline std::string without_scores(std::string_view text) {
  std::string out;
  std::size_t done = 0;
  for (auto anchor = detail::next_anchor(text, 0); anchor.end != std::string_view::npos;
       anchor = detail::next_anchor(text, anchor.end)) {
    detail::Cursor c{text, anchor.end};
    c.skip([](char x) { return !detail::is_letter(x) && !detail::is_digit(x) && ascii::is_plain(x); });
    if (!detail::is_digit(c.peek())) {
      continue;
    }
    std::size_t begin = c.at;
    if (text[begin - 1] == '-' || text[begin - 1] == '+' || text[begin - 1] == '.') {
      --begin;
    }
    detail::Cursor ahead = c;
    do { // also the rest of "4/5", "4 - 5" and "4 5"
      c.at = ahead.at;
      c.skip(detail::is_digit);
      ahead = c;
      ahead.skip([](char x) { return detail::is_blank(x) || detail::is_markup(x) || ascii::is_punctuation(x); });
    } while (detail::is_digit(ahead.peek()));
    out.append(text.substr(done, begin - done));
    out += "...";
    done = c.at;
  }
  out.append(text.substr(done));
  return out;
}

} // namespace srlm
