/// Characters of a text as people count them: what stands in a word, what is white space, capital and small letters.
/// Exact for ASCII; beyond it a short list of ranges, the same in every locale, that says what it knows.
#pragma once
#include <srlm/data/ascii.hpp>
#include <srlm/text/utf8.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::text {

/// Calls f(code point, bytes) for every character. A byte that belongs to none is U+FFFD.
template <class F>
void for_each_character(std::string_view text, F&& f) {
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const length = character_length(text, at);
    std::size_t const step = length == 0 ? 1 : length;
    f(length == 0 ? std::uint32_t{0xFFFD} : code_point(text, at, length), text.substr(at, step));
    at += step;
  }
}

inline std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for_each_character(text, [&](std::uint32_t, std::string_view) { ++count; });
  return count;
}

/// Whether a character stands in a word: letters, digits and the underscore of ASCII, and beyond ASCII everything but
/// white space and the blocks of punctuation, symbols and pictures.
constexpr bool is_word_character(std::uint32_t code) {
  if (code < 0x80) {
    char const c = static_cast<char>(code);
    return ascii::is_letter(c) || ascii::is_digit(c) || c == '_';
  }
  constexpr struct {
    std::uint32_t first, last;
  } others[] = {{0x80, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},      {0xBB, 0xBB},
                {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},     {0x1680, 0x1680},  {0x2000, 0x206F},
                {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x2BFF}, {0x3000, 0x3004},  {0x3008, 0x3020},
                {0x3030, 0x3030}, {0xD800, 0xF8FF}, {0xFE00, 0xFE6F}, {0xFF00, 0xFF0F},  {0xFF1A, 0xFF20},
                {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF}, {0x1F000, 0x1FAFF}};
  for (auto const& range : others) {
    if (code >= range.first && code <= range.last) {
      return false;
    }
  }
  return true;
}

/// The small letter of a capital one of Latin (to U+017F), Greek and Cyrillic; any other character as it is.
constexpr std::uint32_t lower(std::uint32_t code) {
  auto const within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  if (within('A', 'Z') || (within(0xC0, 0xDE) && code != 0xD7) || (within(0x391, 0x3AB) && code != 0x3A2) ||
      within(0x410, 0x42F)) {
    return code + 0x20;
  }
  if (within(0x400, 0x40F)) {
    return code + 0x50;
  }
  bool const even_capitals = within(0x100, 0x12F) || within(0x132, 0x137) || within(0x14A, 0x177) ||
                             within(0x460, 0x481) || within(0x48A, 0x4BF) || within(0x4D0, 0x52F);
  bool const odd_capitals = within(0x139, 0x148) || within(0x179, 0x17E) || within(0x4C1, 0x4CE);
  if ((even_capitals && code % 2 == 0) || (odd_capitals && code % 2 == 1)) {
    return code + 1;
  }
  switch (code) {
  case 0x130:
    return 'i';
  case 0x178:
    return 0xFF;
  case 0x386:
    return 0x3AC;
  case 0x388:
  case 0x389:
  case 0x38A:
    return code + 37;
  case 0x38C:
    return 0x3CC;
  case 0x38E:
  case 0x38F:
    return code + 63;
  case 0x4C0:
    return 0x4CF;
  default:
    return code;
  }
}

constexpr bool is_capital(std::uint32_t code) { return lower(code) != code; }

/// Whether it is a small letter of the same scripts.
constexpr bool is_small(std::uint32_t code) {
  auto const within = [code](std::uint32_t first, std::uint32_t last) { return code >= first && code <= last; };
  bool const known = within('a', 'z') || code == 0xAA || code == 0xB5 || code == 0xBA ||
                     (within(0xDF, 0xFF) && code != 0xF7) || within(0x100, 0x17F) || code == 0x390 ||
                     within(0x3AC, 0x3CE) || within(0x430, 0x481) || within(0x48A, 0x52F);
  return known && !is_capital(code);
}

/// The text with small letters alone.
inline std::string lower(std::string_view text) {
  std::string out;
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    if (is_capital(code)) {
      append_utf8(out, lower(code));
    } else {
      out += bytes;
    }
  });
  return out;
}

/// The pieces between white space: words with the marks that touch them.
inline std::vector<std::string_view> split_at_space(std::string_view text) {
  std::vector<std::string_view> pieces;
  std::size_t begin = 0, at = 0;
  auto const end_piece = [&] {
    if (at > begin) {
      pieces.push_back(text.substr(begin, at - begin));
    }
  };
  for_each_character(text, [&](std::uint32_t code, std::string_view bytes) {
    if (is_python_space(code)) {
      end_piece();
      begin = at + bytes.size();
    }
    at += bytes.size();
  });
  end_piece();
  return pieces;
}

/// The stretches of word characters.
inline std::size_t count_words(std::string_view text) {
  std::size_t count = 0;
  bool inside = false;
  for_each_character(text, [&](std::uint32_t code, std::string_view) {
    bool const belongs = is_word_character(code);
    count += belongs && !inside ? 1 : 0;
    inside = belongs;
  });
  return count;
}

} // namespace srlm::text
