/// UTF-8 as the tokenizers need it: where a well-formed character ends, and what to do with bytes that form none.
/// Text from users and models is arbitrary bytes; nothing here throws or reads past the end.
#pragma once
#include <cstddef> // size_t
#include <cstdint> // uint32_t
#include <string>
#include <string_view>

namespace srlm::text {

/// The length in bytes (1-4) of the well-formed character that begins at `at`, or 0 where the bytes form none
/// (Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF). Requires at < text.size().
inline std::size_t character_length(std::string_view text, std::size_t at) {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned const first = byte(at);
  if (first < 0x80) {
    return 1;
  }
  std::size_t const length = first >= 0xC2 && first <= 0xDF ? 2 : (first & 0xF0) == 0xE0 ? 3 : 4;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) {
    return 0;
  }
  unsigned const low = first == 0xE0 ? 0xA0u : first == 0xF0 ? 0x90u : 0x80u;
  unsigned const high = first == 0xED ? 0x9Fu : first == 0xF4 ? 0x8Fu : 0xBFu;
  if (byte(at + 1) < low || byte(at + 1) > high) {
    return 0;
  }
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(at + i) & 0xC0u) != 0x80u) {
      return 0;
    }
  }
  return length;
}

/// How many characters a text has; a byte that is part of none counts as one.
inline std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    std::size_t const length = character_length(text, at);
    at += length > 0 ? length : 1;
  }
  return count;
}

/// The code point of a well-formed character of the given length (as character_length told it).
inline std::uint32_t code_point(std::string_view text, std::size_t at, std::size_t length) {
  std::uint32_t const first = static_cast<unsigned char>(text[at]);
  std::uint32_t code = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    code = (code << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3Fu);
  }
  return code;
}

/// Appends a code point (at most U+10FFFF) as UTF-8.
inline void append_utf8(std::string& text, std::uint32_t code) {
  auto const put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(static_cast<unsigned char>(byte))); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

/// What Python's str.strip() takes away, and so what a chat template's `trim` does.
inline bool is_python_space(std::uint32_t code) {
  return (code >= 0x09 && code <= 0x0D) || (code >= 0x1C && code <= 0x20) || code == 0x85 || code == 0xA0 ||
         code == 0x1680 || (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F ||
         code == 0x205F || code == 0x3000;
}

/// The text without the white space at its ends.
inline std::string_view strip(std::string_view text) {
  std::size_t begin = text.size(), end = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const length = character_length(text, at);
    std::size_t const step = length == 0 ? 1 : length;
    if (length == 0 || !is_python_space(code_point(text, at, length))) {
      begin = begin < at ? begin : at;
      end = at + step;
    }
    at += step;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

} // namespace srlm::text
