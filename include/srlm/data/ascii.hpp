/// Letters, digits and words of ASCII, the same in every locale. Bytes above 127 are none of them.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace srlm::ascii {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_letter(char c) { return is_upper(c) || (c >= 'a' && c <= 'z'); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_space(char c) { return is_blank(c) || (c >= '\n' && c <= '\r'); }
constexpr bool is_plain(char c) { return static_cast<unsigned char>(c) < 0x80u; }
constexpr bool is_punctuation(char c) { return c > ' ' && c < '\x7F' && !is_letter(c) && !is_digit(c); }
constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char upper(char c) { return is_letter(c) && !is_upper(c) ? static_cast<char>(c - 'a' + 'A') : c; }

inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    c = lower(c);
  }
  return out;
}

/// Whether text holds `word` (lower-case) at `at`, in any case.
constexpr bool holds_at(std::string_view text, std::size_t at, std::string_view word) {
  if (at > text.size() || text.size() - at < word.size()) {
    return false;
  }
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (lower(text[at + i]) != word[i]) {
      return false;
    }
  }
  return true;
}

/// The same, and no letter follows.
constexpr bool holds_word_at(std::string_view text, std::size_t at, std::string_view word) {
  return holds_at(text, at, word) && (at + word.size() == text.size() || !is_letter(text[at + word.size()]));
}

/// Without white space at both ends.
constexpr std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_space(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && is_space(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

/// Trimmed, and each stretch of white space made one space.
inline std::string collapsed(std::string_view text) {
  std::string out;
  for (char const c : trimmed(text)) {
    if (!is_space(c)) {
      out += c;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

} // namespace srlm::ascii
