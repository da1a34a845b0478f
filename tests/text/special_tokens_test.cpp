// Control and user-defined tokens in text.
#include "fixtures.hpp"
#include <srlm/text/special_tokens.hpp>
#include <srlm/text/tokenizer.hpp>
#include <algorithm>
#include <string>

using namespace srlm_test;
using srlm::Token;
using srlm::Tokens;
using srlm::text::ControlTokens;
using srlm::text::Specials;
using srlm::text::SpecialTokens;
using srlm::text::TokenRole;
using srlm::text::Vocabulary;

TEST_CASE("of the tokens that begin at a place the longest is found, and the leftmost first") {
  Vocabulary const v = byte_vocabulary({"<|a", "<|a|>", "|>"});
  SpecialTokens const special(v);
  auto const found = special.next("x<|a|>|>", 0, Specials::parse);
  REQUIRE(found);
  CHECK(found->offset == 1);
  CHECK(found->length == 5);
  CHECK(found->token == id_of(v, "<|a|>"));
  CHECK(special.next("x<|a|>|>", 2, Specials::parse)->offset == 4);
  CHECK(special.next("x<|a", 0, Specials::parse)->token == id_of(v, "<|a"));
  CHECK_FALSE(special.next("x<|", 0, Specials::parse));
}

TEST_CASE("the spelling of a control token stays text unless it is asked for") {
  Vocabulary const v = byte_vocabulary();
  srlm::text::Tokenizer const tokenizer(v);
  std::string const text = "hello<|im_end|>hello";
  Token const end = id_of(v, "<|im_end|>");
  Tokens const as_text = tokenizer.encode(text);
  CHECK(std::count(as_text.begin(), as_text.end(), end) == 0);
  CHECK(tokenizer.decode(as_text) == text);
  CHECK(tokenizer.encode(text, Specials::parse) == Tokens{id_of(v, "hello"), end, id_of(v, "hello")});
}

TEST_CASE("user-defined tokens are found in both cases and are read as text") {
  Vocabulary const v = byte_vocabulary();
  srlm::text::Tokenizer const tokenizer(v);
  Token const tool = id_of(v, "<tool>");
  CHECK(tokenizer.encode("hello<tool>") == Tokens{id_of(v, "hello"), tool});
  CHECK(tokenizer.encode("hello<tool>", Specials::parse) == Tokens{id_of(v, "hello"), tool});
  CHECK(tokenizer.decode(Tokens{tool}) == "<tool>");
}

TEST_CASE("a user-defined token that the chat template writes or that ends an answer counts as control") {
  Vocabulary v = byte_vocabulary({"<|im_start|>"});
  v.tokens.push_back("<|im_end|>");
  v.roles.push_back(TokenRole::user_defined);
  Token const end = id_of(v, "<|im_end|>"), tool = id_of(v, "<tool>");
  CHECK(srlm::text::Tokenizer(v).encode("<|im_end|>") == Tokens{end});
  v.chat_template = "{{ '<|im_start|>' + message['role'] + message['content'] + '<|im_end|>' }}";
  CHECK(srlm::text::Tokenizer(v).encode("<|im_end|>").size() > 1);
  CHECK(srlm::text::Tokenizer(v).decode(Tokens{end}).empty());
  v.eos = tool;
  CHECK(srlm::text::Tokenizer(v).encode("<tool>").size() > 1);
}

TEST_CASE("control tokens are left out of what a person reads, and kept on request") {
  Vocabulary const v = byte_vocabulary();
  srlm::text::Tokenizer const tokenizer(v);
  Tokens const ids = tokenizer.encode("<|im_start|>hello<|im_end|>", Specials::parse);
  CHECK(tokenizer.decode(ids) == "hello");
  CHECK(tokenizer.decode(ids, ControlTokens::keep) == "<|im_start|>hello<|im_end|>");
}
