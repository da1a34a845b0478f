/// GPT-2's byte alphabet: each of the 256 bytes is written as one printable character, so that every token of a
/// byte-level vocabulary is readable text. Source: bytes_to_unicode of openai/gpt-2 encoder.py.
#pragma once
#include <srlm/text/utf8.hpp>
#include <array>
#include <cstdint> // uint32_t
#include <optional>
#include <string>
#include <string_view>

namespace srlm::text {

/// byte -> code point: printable Latin-1 stands for itself, the other bytes follow from U+0100 on, in order.
constexpr std::array<std::uint32_t, 256> byte_alphabet() {
  std::array<std::uint32_t, 256> code{};
  std::uint32_t beyond = 0x100;
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    bool const printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
    code[byte] = printable ? byte : beyond++;
  }
  return code;
}

/// The character that stands for a byte, as UTF-8.
inline std::string spell_byte(unsigned char byte) {
  static constexpr std::array<std::uint32_t, 256> alphabet = byte_alphabet();
  std::string text;
  append_utf8(text, alphabet[byte]);
  return text;
}

/// The bytes that a spelling in the alphabet stands for. A character outside the alphabet stands for itself.
inline std::string unspell_bytes(std::string_view spelling) {
  static constexpr std::array<std::uint32_t, 256> alphabet = byte_alphabet();
  static auto const byte_of = [] {
    std::array<int, 0x200> table{};
    table.fill(-1);
    for (int byte = 0; byte < 256; ++byte) {
      table[alphabet[static_cast<std::size_t>(byte)]] = byte;
    }
    return table;
  }();
  std::string bytes;
  for (std::size_t at = 0; at < spelling.size();) {
    std::size_t const length = character_length(spelling, at);
    std::uint32_t const code = length == 0 ? 0x200u : code_point(spelling, at, length);
    std::size_t const step = length == 0 ? 1 : length;
    if (code < byte_of.size() && byte_of[code] >= 0) {
      bytes.push_back(static_cast<char>(static_cast<unsigned char>(byte_of[code])));
    } else {
      bytes.append(spelling.substr(at, step));
    }
    at += step;
  }
  return bytes;
}

} // namespace srlm::text
