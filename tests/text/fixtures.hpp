/// What the tests of the text layer share: fixture files, and a small byte-level vocabulary.
#pragma once
#include "support/catch.hpp"
#include <srlm/io/gguf.hpp>
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/text/byte_alphabet.hpp>
#include <srlm/text/vocabulary.hpp>
#include <nlohmann/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace srlm_test {

inline std::string read_text(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline nlohmann::json fixture(std::string const& name) {
  return nlohmann::json::parse(read_text(std::string(SRLM_TEST_DATA_DIR) + "/fixtures/" + name));
}

inline srlm::text::Vocabulary vocabulary_of(std::string const& gguf) {
  return srlm::io::vocabulary_from_gguf(srlm::io::GgufFile(gguf).metadata());
}

/// The path of a vocabulary or vector file of llama.cpp; nullopt, with a line that says so, where it is not there.
inline std::optional<std::string> shared_tokenizer(std::string const& name) {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/data/tokenizer/" + name;
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no " + path);
    return std::nullopt;
  }
  return path;
}

/// SmolLM2-135M-Instruct's GGUF; nullopt, with a line that says so, where the environment does not name it.
inline std::optional<std::string> smollm2_file() {
  char const* const path = std::getenv("SRLM_TEST_MODEL");
  if (path == nullptr || !std::filesystem::exists(path)) {
    WARN("skipped: SRLM_TEST_MODEL names no file");
    return std::nullopt;
  }
  return path;
}

/// 256 bytes, a few merges, then control tokens and one user-defined token, "<tool>".
inline srlm::text::Vocabulary byte_vocabulary(std::vector<std::string> const& control = {"<|im_start|>",
                                                                                         "<|im_end|>"}) {
  using srlm::text::TokenRole;
  srlm::text::Vocabulary vocabulary;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.tokens.push_back(srlm::text::spell_byte(static_cast<unsigned char>(byte)));
  }
  for (auto const& [left, right] : std::vector<std::pair<std::string, std::string>>{{"h", "e"},
                                                                                    {"l", "l"},
                                                                                    {"he", "ll"},
                                                                                    {"hell", "o"},
                                                                                    {"\xC4\xA0", "hello"},
                                                                                    {"\xC4\x8A", "\xC4\x8A"},
                                                                                    {"a", "a"},
                                                                                    {"aa", "aa"},
                                                                                    {"aaaa", "aaaa"}}) {
    vocabulary.merges.emplace_back(left, right);
    vocabulary.tokens.push_back(left + right);
  }
  vocabulary.roles.assign(vocabulary.tokens.size(), TokenRole::normal);
  for (std::string const& spelling : control) {
    vocabulary.tokens.push_back(spelling);
    vocabulary.roles.push_back(TokenRole::control);
  }
  vocabulary.tokens.push_back("<tool>");
  vocabulary.roles.push_back(TokenRole::user_defined);
  return vocabulary;
}

/// The id of a spelling. The test fails where there is none.
inline srlm::Token id_of(srlm::text::Vocabulary const& vocabulary, std::string const& spelling) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    if (vocabulary.tokens[i] == spelling) {
      return static_cast<srlm::Token>(i);
    }
  }
  FAIL("no token " + spelling);
  return -1;
}

/// Reproducible texts of random bytes, with more of ASCII, spaces and line ends than chance would give.
inline std::string random_bytes(std::mt19937& draw) {
  std::string text(draw() % 40, ' ');
  for (char& c : text) {
    unsigned const kind = static_cast<unsigned>(draw() % 4);
    c = kind == 0   ? static_cast<char>(static_cast<unsigned char>(draw() % 256))
        : kind == 1 ? " \n\t1'"[draw() % 5]
        : kind == 2 ? "\xE2\x96\x81\xF0\x9F"[draw() % 5]
                    : "helo<|>a"[draw() % 8];
  }
  return text;
}

} // namespace srlm_test
