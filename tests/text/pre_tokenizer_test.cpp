// How text is cut into words, against Python's `regex` and Hugging Face's `tokenizers` on the published patterns
// (fixtures/make_text_pre_tokenizer_cuts.py), and on bytes that are no text.
#include "fixtures.hpp"
#include <srlm/text/pre_tokenizer.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

using namespace srlm_test;
using srlm::text::PreTokenizer;
using srlm::text::WordCutter;

namespace {

std::vector<std::string> words(WordCutter const& cutter, std::string const& text) {
  std::vector<std::string> result;
  cutter.cut(text, [&](std::string_view word) { result.emplace_back(word); });
  return result;
}

std::map<std::string, PreTokenizer> const kinds = {{"gpt2", PreTokenizer::gpt2},
                                                   {"smollm", PreTokenizer::smollm},
                                                   {"llama3", PreTokenizer::llama3},
                                                   {"qwen2", PreTokenizer::qwen2}};

} // namespace

TEST_CASE("each pre-tokenizer cuts where its published pattern cuts") {
  nlohmann::json const rows = fixture("text_pre_tokenizer_cuts.json");
  REQUIRE(rows.size() > 90);
  for (auto const& [name, kind] : kinds) {
    WordCutter const cutter(kind);
    for (nlohmann::json const& row : rows) {
      std::string const text = row["text"];
      std::vector<std::string> expected;
      std::size_t at = 0;
      for (std::size_t const length : row[name]) {
        expected.push_back(text.substr(at, length));
        at += length;
      }
      INFO(name << ": " << text);
      CHECK(words(cutter, text) == expected);
    }
  }
}

TEST_CASE("the words of arbitrary bytes join to the same bytes, and none is empty") {
  std::mt19937 draw(11);
  for (auto const& [name, kind] : kinds) {
    WordCutter const cutter(kind);
    for (int i = 0; i < 500; ++i) {
      std::string const text = random_bytes(draw);
      std::string joined;
      for (std::string const& word : words(cutter, text)) {
        CHECK(!word.empty());
        joined += word;
      }
      CHECK(joined == text);
    }
  }
}

TEST_CASE("bytes that are not UTF-8 are words of their own") {
  WordCutter const cutter(PreTokenizer::gpt2);
  CHECK(words(cutter,
              "ab\xFF\xFE"
              "cd") == std::vector<std::string>{"ab", "\xFF\xFE", "cd"});
  CHECK(words(cutter, "a\xED\xA0\x80") == std::vector<std::string>{"a", "\xED\xA0\x80"}); // a surrogate
  CHECK(words(cutter,
              "\xC0\x80"
              "a") == std::vector<std::string>{"\xC0\x80", "a"});                           // an overlong form
  CHECK(words(cutter, "a\xF0\x9F\x98") == std::vector<std::string>{"a", "\xF0\x9F\x98"});   // cut short
  CHECK(words(cutter, "\xF4\x90\x80\x80") == std::vector<std::string>{"\xF4\x90\x80\x80"}); // above U+10FFFF
}

TEST_CASE("a megabyte of spaces is cut without exhausting a limit") {
  for (auto const& [name, kind] : kinds) {
    WordCutter const cutter(kind);
    INFO(name);
    CHECK(words(cutter, std::string(1000000, ' ') + "x").size() == 2);
    CHECK(words(cutter, std::string(1000000, ' ')).size() == 1);
  }
}

TEST_CASE("a pattern that does not compile is refused with its offset") {
  CHECK_THROWS_WITH(srlm::text::Pattern("a(b"), Catch::Matchers::ContainsSubstring("offset 3"));
}
