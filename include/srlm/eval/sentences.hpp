/// Sentences of English, counted by marks: a rule of a few lines, not a trained splitter.
#pragma once
#include <srlm/eval/letters.hpp>
#include <algorithm> // find
#include <cstddef>
#include <string>
#include <string_view>

namespace srlm::text {

namespace detail {

/// A piece between white space without the brackets and quotation marks that open or close it.
inline std::string_view without_brackets(std::string_view piece) {
  constexpr std::string_view ascii_marks = "\"'`()[]{}<>*_";
  auto const opens = [&](std::string_view mark) { return piece.starts_with(mark); };
  auto const closes = [&](std::string_view mark) { return piece.ends_with(mark); };
  for (bool more = true; more;) {
    more = false;
    for (std::string_view const quote : {"\u2018", "\u2019", "\u201C", "\u201D", "\u00AB", "\u00BB"}) {
      if (opens(quote) || closes(quote)) {
        piece = opens(quote) ? piece.substr(quote.size()) : piece.substr(0, piece.size() - quote.size());
        more = true;
      }
    }
    if (!piece.empty() && ascii_marks.find(piece.front()) != std::string_view::npos) {
      piece.remove_prefix(1);
      more = true;
    }
    if (!piece.empty() && ascii_marks.find(piece.back()) != std::string_view::npos) {
      piece.remove_suffix(1);
      more = true;
    }
  }
  return piece;
}

/// Whether a word keeps its dot inside a sentence. Before a capital letter the dot is taken for the sentence's too.
inline bool is_abbreviation(std::string_view word) {
  constexpr std::string_view known[] = {"a.m", "p.m", "co", "corp", "inc", "jr", "ltd", "sr", "u.k", "u.n", "u.s"};
  return std::find(std::begin(known), std::end(known), word) != std::end(known);
}

/// Whether a word and its dot belong to what follows: titles before names, and initials.
inline bool is_title(std::string_view word) {
  constexpr std::string_view known[] = {"capt", "col", "dr",   "gen", "lt",  "messrs", "mr",
                                        "mrs",  "ms",  "prof", "rep", "sen", "st",     "vs"};
  return std::find(std::begin(known), std::end(known), lower(word)) != std::end(known) ||
         (word.size() == 1 && ascii::is_upper(word[0]) && word[0] != 'I');
}

/// Whether a sentence ends behind `piece`, which `next` follows.
inline bool ends_sentence(std::string_view piece, std::string_view next) {
  std::string_view const word = without_brackets(piece);
  std::size_t const end = word.find_last_not_of(".?!") + 1; // 0 for marks alone
  std::string_view const marks = word.substr(end), stem = word.substr(0, end);
  if (marks.empty() || marks.find_first_of("?!") != std::string_view::npos) {
    return !marks.empty();
  }
  if (marks.size() > 1 || is_abbreviation(lower(stem))) {
    std::string_view const word_after = without_brackets(next);
    std::size_t const length = word_after.empty() ? 0 : character_length(word_after, 0);
    return length > 0 && is_capital(code_point(word_after, 0, length));
  }
  return !is_title(stem);
}

} // namespace detail

/// A sentence ends at "." "?" or "!" before white space or the end of the text, brackets and quotation marks between
/// them or not, and at the end of the text. Not at the dot of a title or an initial ("Dr. J. Smith"); at an ellipsis or
/// a dot of "U.S.", "Inc.", "p.m." and the like where a capital letter follows. A new line ends nothing.
inline std::size_t count_sentences(std::string_view text) {
  auto const pieces = split_at_space(text);
  std::size_t count = 0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    count += i + 1 == pieces.size() || detail::ends_sentence(pieces[i], pieces[i + 1]) ? 1 : 0;
  }
  return count;
}

} // namespace srlm::text
