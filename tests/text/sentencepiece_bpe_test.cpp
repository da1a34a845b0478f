// SentencePiece BPE on a small vocabulary: scores, byte fallback, unknown characters, the artificial space.
#include "fixtures.hpp"
#include <srlm/core/error.hpp>
#include <srlm/text/tokenizer.hpp>
#include <chrono>
#include <cstdio>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace srlm_test;
using srlm::Token;
using srlm::Tokens;
using srlm::text::Specials;
using srlm::text::TokenRole;
using srlm::text::Vocabulary;

namespace {

Vocabulary small(bool with_bytes, bool space_prefix) {
  Vocabulary v;
  v.kind = srlm::text::TokenizerKind::sentencepiece_bpe;
  auto const add = [&](std::string const& spelling, TokenRole role, float score) {
    v.tokens.push_back(spelling);
    v.roles.push_back(role);
    v.scores.push_back(score);
  };
  add("<unk>", TokenRole::unknown, 0);
  add("<s>", TokenRole::control, 0);
  add("</s>", TokenRole::control, 0);
  for (int byte = 0; with_bytes && byte < 256; ++byte) {
    char spelling[8];
    std::snprintf(spelling, sizeof(spelling), "<0x%02X>", static_cast<unsigned>(byte));
    add(spelling, TokenRole::byte, 0);
  }
  float score = 0;
  for (char const* const piece : {"ab", "bc",
                                  "\xE2\x96\x81"
                                  "ab",
                                  "abc", "<s", "aa", "aaaa", "\xE2\x96\x81", "a", "b", "c", "<", "s", ">", "/",
                                  "\xE2\x96\x81\xE2\x96\x81", "\xC3\xA9"}) {
    add(piece, TokenRole::normal, score -= 1);
  }
  v.bos = 1;
  v.eos = 2;
  v.unknown = 0;
  v.end_tokens = {2};
  v.add_bos = true;
  v.add_space_prefix = space_prefix;
  return v;
}

} // namespace

TEST_CASE("the pair with the best score is joined first") {
  Vocabulary const v = small(true, false);
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.encode("abc") == Tokens{id_of(v, "abc")}); // ab, then abc
  CHECK(tokenizer.encode("bcb") == Tokens{id_of(v, "bc"), id_of(v, "b")});
  CHECK(tokenizer.encode("aaa") == Tokens{id_of(v, "aa"), id_of(v, "a")}); // equal scores: leftmost
  CHECK(tokenizer.encode(" ab") == Tokens{id_of(v,
                                                "\xE2\x96\x81"
                                                "ab")});
}

TEST_CASE("what is in no token falls back to bytes") {
  Vocabulary const v = small(true, false);
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.encode("x") == Tokens{id_of(v, "<0x78>")});
  CHECK(tokenizer.encode("\xE4\xB8\xAD") == Tokens{id_of(v, "<0xE4>"), id_of(v, "<0xB8>"), id_of(v, "<0xAD>")});
  CHECK(tokenizer.encode("\xC3\xA9") == Tokens{id_of(v, "\xC3\xA9")});
  CHECK(tokenizer.encode("\xC3") == Tokens{id_of(v, "<0xC3>")});
}

TEST_CASE("without bytes a run of unknown characters is one unknown token") {
  Vocabulary v = small(false, false);
  CHECK(srlm::text::Tokenizer(v).encode("axyzb") == Tokens{id_of(v, "a"), 0, id_of(v, "b")});
  v.unknown.reset();
  CHECK(srlm::text::Tokenizer(v).encode("axyzb") == Tokens{id_of(v, "a"), id_of(v, "b")});
}

TEST_CASE("no text spells a control token, and bytes written out stay text") {
  Vocabulary const v = small(true, false);
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.encode("<s>") == Tokens{id_of(v, "<s"), id_of(v, ">")});
  CHECK(tokenizer.encode("<s>", Specials::parse) == Tokens{1});
  CHECK(tokenizer.decode(tokenizer.encode("<0x41>")) == "<0x41>");
}

TEST_CASE("any bytes come back, with and without the artificial space") {
  std::mt19937 draw(3);
  for (bool const prefix : {false, true}) {
    srlm::text::Tokenizer const tokenizer(small(true, prefix));
    CHECK(tokenizer.encodes_every_byte());
    for (int i = 0; i < 3000; ++i) {
      std::string const text = random_bytes(draw);
      Tokens const ids = tokenizer.encode(text);
      CHECK(tokenizer.decode(ids) == text);
    }
    for (std::string const text : {" ", "  ", "\xE2\x96\x81", "\xE2\x96\x81 \xE2\x96\x81", " a", "\xFF", ""}) {
      CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
    }
  }
}

TEST_CASE("the artificial space begins a text, and what follows a special token, and nothing else") {
  Vocabulary const v = small(true, true);
  srlm::text::Tokenizer const tokenizer(v);
  Token const ab = id_of(v,
                         "\xE2\x96\x81"
                         "ab");
  CHECK(tokenizer.encode("ab") == Tokens{ab});
  CHECK(tokenizer.encode("ab</s>ab", Specials::parse) == Tokens{ab, 2, ab});
  CHECK(tokenizer.decode(tokenizer.encode("ab</s>ab", Specials::parse), srlm::text::ControlTokens::keep) == "ab</s>ab");
  CHECK(tokenizer.encode("").empty());
  CHECK(tokenizer.encode("<s>", Specials::parse) == Tokens{1});
}

TEST_CASE("a space that is no token falls back to its byte and comes back as a space") {
  Vocabulary v = small(true, true);
  for (std::string& spelling : v.tokens) {
    if (spelling.find("\xE2\x96\x81") != std::string::npos) {
      spelling = "unused" + std::to_string(&spelling - v.tokens.data());
    }
  }
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.encode("a b") == Tokens{id_of(v, "<0x20>"), id_of(v, "a"), id_of(v, "<0x20>"), id_of(v, "b")});
  CHECK(tokenizer.decode(tokenizer.encode("a b")) == "a b");
}

TEST_CASE("a text of 100 kB of one letter is merged in less than five seconds") {
  srlm::text::Tokenizer const tokenizer(small(true, false));
  auto const begin = std::chrono::steady_clock::now();
  CHECK(tokenizer.encode(std::string(100000, 'a')).size() == 25000);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

TEST_CASE("scores that are missing or no numbers are refused") {
  Vocabulary v = small(true, false);
  v.scores.back() = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v), Catch::Matchers::ContainsSubstring("no number"));
  v.scores.pop_back();
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v), Catch::Matchers::ContainsSubstring("scores"));
}
