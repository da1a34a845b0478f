/// Where the prompt ends in preference rows that do not name it: chosen and rejected both begin with it (TRL's implicit
/// form; HH-RLHF and others are published so).
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/text/utf8.hpp>
#include <algorithm> // mismatch, min
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace srlm {

namespace detail {

enum class CharacterKind { separator, alone, word, mark };

/// What a character is to words: between them, a word of its own (ideographs, hiragana), part of one, or a mark upon
/// the one before it. Without tables of Unicode everything else that is not ASCII counts as part of a word, so that no
/// letter and no emoji is taken apart.
inline CharacterKind character_kind(std::uint32_t code) {
  auto const within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  if (code < 0x80) {
    char const c = static_cast<char>(code);
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '_' || c == '\'' ? CharacterKind::word
                                                                              : CharacterKind::separator;
  }
  if (within(0x300, 0x36F) || within(0xFE00, 0xFE0F) || code == 0x200D || code == 0x3099 || code == 0x309A ||
      within(0xE0100, 0xE01EF)) {
    return CharacterKind::mark;
  }
  if (text::is_python_space(code) || within(0xA1, 0xA9) || within(0xAB, 0xB1) || within(0x2010, 0x2018) ||
      within(0x201A, 0x2027) || within(0x2030, 0x205E) || within(0x3001, 0x3003) || within(0x3008, 0x3020) ||
      within(0xFF01, 0xFF0F) || within(0xFF1A, 0xFF20)) {
    return CharacterKind::separator;
  }
  if (within(0x2E80, 0x2FDF) || within(0x3041, 0x3096) || within(0x3400, 0x4DBF) || within(0x4E00, 0x9FFF) ||
      within(0xF900, 0xFAFF) || within(0x20000, 0x3FFFF)) {
    return CharacterKind::alone;
  }
  return CharacterKind::word;
}

/// The characters of the text from `at` on: kind and length in bytes. A byte that is no UTF-8 is a separator.
inline CharacterKind kind_at(std::string_view text, std::size_t at, std::size_t& length) {
  length = text::character_length(text, at);
  if (length == 0) {
    length = 1;
    return CharacterKind::separator;
  }
  return character_kind(text::code_point(text, at, length));
}

/// The last place up to `limit`, which lies in what both texts share, where neither text is cut inside a character, a
/// word, or a character and its marks.
inline std::size_t word_border(std::string_view a, std::string_view b, std::size_t limit) {
  std::size_t border = 0, at = 0;
  CharacterKind before = CharacterKind::separator;
  auto const allows = [&](std::string_view text) {
    if (at == text.size()) {
      return true;
    }
    std::size_t length = 0;
    CharacterKind const next = kind_at(text, at, length);
    return next != CharacterKind::mark && (before != CharacterKind::word || next != CharacterKind::word);
  };
  while (true) {
    if (allows(a) && allows(b)) {
      border = at;
    }
    if (at >= limit) {
      return border;
    }
    std::size_t length = 0;
    CharacterKind const kind = kind_at(a, at, length);
    if (at + length > limit) { // the two differ inside this character
      return border;
    }
    before = kind == CharacterKind::mark ? before : kind;
    at += length;
  }
}

} // namespace detail

/// The length in bytes of the prompt with which both texts begin. It is the longest beginning that both have, cut back
///
/// 1. to the end of the last "\n\nAssistant:" in it, if there is one (transcripts as HH-RLHF has them);
/// 2. else to the last place that is inside no character and no word of either text (letters, digits, "_" and "'" of
///    ASCII make words, and so does everything else that is not ASCII but space, punctuation and ideographs, each of
///    which is a word);
/// 3. and one space at its end belongs to the answers, as with TRL.
///
/// So prompt + chosen and prompt + rejected are the texts as they were. 0: they have no common beginning.
inline std::size_t implicit_prompt_length(std::string_view chosen, std::string_view rejected) {
  auto const [end, other] = std::mismatch(
      chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(std::min(chosen.size(), rejected.size())),
      rejected.begin());
  std::size_t const common = static_cast<std::size_t>(end - chosen.begin());
  constexpr std::string_view marker = "\n\nAssistant:";
  if (std::size_t const last = chosen.substr(0, common).rfind(marker); last != std::string_view::npos) {
    return last + marker.size();
  }
  std::size_t const border = detail::word_border(chosen, rejected, common);
  return border > 0 && chosen[border - 1] == ' ' ? border - 1 : border;
}

} // namespace srlm
