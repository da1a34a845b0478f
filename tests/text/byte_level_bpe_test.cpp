// Byte-level BPE on a small vocabulary whose merges can be followed by hand.
#include "fixtures.hpp"
#include <srlm/core/error.hpp>
#include <srlm/text/byte_alphabet.hpp>
#include <srlm/text/tokenizer.hpp>
#include <chrono>
#include <set>
#include <string>

using namespace srlm_test;
using srlm::Tokens;
using srlm::text::Vocabulary;

TEST_CASE("the byte alphabet has 256 different printable characters, and spelling can be undone") {
  std::set<std::string> seen;
  for (int i = 0; i < 256; ++i) {
    auto const byte = static_cast<unsigned char>(i);
    std::string const spelled = srlm::text::spell_byte(byte);
    CHECK(seen.insert(spelled).second);
    CHECK(srlm::text::unspell_bytes(spelled) == std::string(1, static_cast<char>(byte)));
    CHECK((spelled.size() > 1 || (spelled[0] > ' ' && spelled[0] < 0x7F)));
  }
  CHECK(srlm::text::spell_byte(' ') == "\xC4\xA0");  // U+0120, known from every GPT-2 vocabulary
  CHECK(srlm::text::spell_byte('\n') == "\xC4\x8A"); // U+010A
}

TEST_CASE("merges are made in the order of their ranks, leftmost first") {
  Vocabulary const v = byte_vocabulary();
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.encode("hello hello") == Tokens{id_of(v, "hello"), id_of(v, "\xC4\xA0hello")});
  CHECK(tokenizer.encode("hell") == Tokens{id_of(v, "hell")});
  CHECK(tokenizer.encode("aaa") == Tokens{id_of(v, "aa"), id_of(v, "a")});
  CHECK(tokenizer.encode("aaaaaa") == Tokens{id_of(v, "aaaa"), id_of(v, "aa")});
  CHECK(tokenizer.encode("lll") == Tokens{id_of(v, "ll"), id_of(v, "l")});
}

TEST_CASE("a word of 100 kB of one letter is merged in less than five seconds") {
  srlm::text::Tokenizer const tokenizer(byte_vocabulary());
  auto const begin = std::chrono::steady_clock::now();
  std::string const text(100000, 'a');
  Tokens const ids = tokenizer.encode(text);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
  CHECK(ids.size() == 12500);
  CHECK(tokenizer.decode(ids) == text);
}

TEST_CASE("Llama-3 takes a word that is a token whole, the others follow the merges") {
  Vocabulary v = byte_vocabulary();
  v.tokens[static_cast<std::size_t>(id_of(v, "ll"))] = "ll";
  v.tokens.push_back("ohell"); // reached by no merge
  v.roles.push_back(srlm::text::TokenRole::normal);
  CHECK(srlm::text::Tokenizer(v).encode("ohell").size() == 2);
  v.pre_tokenizer = srlm::text::PreTokenizer::llama3;
  CHECK(srlm::text::Tokenizer(v).encode("ohell") == Tokens{id_of(v, "ohell")});
}

TEST_CASE("a merge of unknown parts is refused with its number") {
  Vocabulary v = byte_vocabulary();
  v.merges.emplace_back("he", "x");
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v), Catch::Matchers::ContainsSubstring("merge 9"));
}

TEST_CASE("no merge makes a control token") {
  Vocabulary v = byte_vocabulary({"<s>"});
  v.merges.emplace_back("<", "s");
  v.tokens.push_back("<s");
  v.roles.push_back(srlm::text::TokenRole::normal);
  v.merges.emplace_back("<s", ">");
  CHECK_THROWS_AS(srlm::text::Tokenizer(v), srlm::Error);
}

TEST_CASE("a byte without a token is left out, and the tokenizer says that there are such") {
  Vocabulary v = byte_vocabulary();
  CHECK(srlm::text::Tokenizer(v).encodes_every_byte());
  v.tokens[0xF1] = "gone";
  srlm::text::Tokenizer const tokenizer(v);
  CHECK_FALSE(tokenizer.encodes_every_byte());
  CHECK(tokenizer.decode(tokenizer.encode("x\xF1y")) == "xy");
}
