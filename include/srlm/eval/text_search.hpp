/// Looking into a text for parts of it.
#pragma once
#include <srlm/eval/letters.hpp>
#include <cstddef>
#include <string_view>
#include <vector>

namespace srlm::text {

inline bool is_blank(std::string_view text) { return strip(text).empty(); }

/// How often a part stands in a text, without overlaps, from the left. An empty part stands nowhere.
inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = 0; !part.empty() && (at = text.find(part, at)) != std::string_view::npos; at += part.size()) {
    ++count;
  }
  return count;
}

/// The texts between separators: one more than there are separators.
inline std::vector<std::string_view> split(std::string_view text, std::string_view separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    std::size_t const at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(at + separator.size());
  }
}

/// Whether the character that ends before the byte `at`, or begins there, stands in a word.
inline bool is_word_before(std::string_view text, std::size_t at) {
  for (std::size_t length = 1; length <= 4 && length <= at; ++length) {
    if (character_length(text, at - length) == length) {
      return is_word_character(code_point(text, at - length, length));
    }
  }
  return false;
}
inline bool is_word_after(std::string_view text, std::size_t at) {
  std::size_t const length = at < text.size() ? character_length(text, at) : 0;
  return length > 0 && is_word_character(code_point(text, at, length));
}

/// Whether a word begins or ends at the byte `at`: a word character on one side alone.
inline bool is_word_border(std::string_view text, std::size_t at) {
  return is_word_before(text, at) != is_word_after(text, at);
}

/// Whether a part stands in a text with a border of words at both of its ends.
inline bool holds_word(std::string_view text, std::string_view part) {
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string_view::npos; ++at) {
    if (is_word_border(text, at) && is_word_border(text, at + part.size())) {
      return true;
    }
  }
  return false;
}

} // namespace srlm::text
