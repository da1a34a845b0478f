// SmolLM2-135M-Instruct's real vocabulary against transformers (fixtures/make_text_smollm2_ids.py).
#include "fixtures.hpp"
#include <srlm/text/tokenizer.hpp>
#include <string>
#include <vector>

using namespace srlm_test;
using srlm::Tokens;
using srlm::text::Message;
using srlm::text::Specials;

TEST_CASE("SmolLM2: every text and every conversation has the ids that transformers gives") {
  auto const path = smollm2_file();
  if (!path) {
    return;
  }
  srlm::text::Tokenizer const tokenizer(vocabulary_of(*path));
  nlohmann::json const expected = fixture("text_smollm2_ids.json");
  REQUIRE(tokenizer.chat_template());
  CHECK(tokenizer.chat_template()->family() == srlm::text::ChatFamily::smollm2);
  CHECK(tokenizer.vocabulary().chat_template == expected["template"].get<std::string>());
  CHECK(expected["texts"].size() > 200);
  for (nlohmann::json const& row : expected["texts"]) {
    std::string const text = row["text"];
    INFO(row["text"].dump());
    Tokens const ids = tokenizer.encode(text, Specials::parse);
    CHECK(ids == row["ids"].get<Tokens>());
    if (text.find("<|") == std::string::npos && text.find("<repo") == std::string::npos) {
      CHECK(tokenizer.encode(text) == ids);
    }
  }
  for (nlohmann::json const& row : expected["chats"]) {
    std::vector<Message> messages;
    for (nlohmann::json const& message : row["messages"]) {
      messages.push_back({message["role"], message["content"]});
    }
    INFO(row["messages"].dump());
    CHECK(tokenizer.encode_chat(messages, row["add_generation_prompt"]) == row["ids"].get<Tokens>());
    if (messages.size() == 1 && row["add_generation_prompt"]) {
      CHECK(tokenizer.encode_prompt(messages[0].content) == row["ids"].get<Tokens>());
    }
  }
}

TEST_CASE("SmolLM2: an answer ends in <|im_end|>, and its text comes back") {
  auto const path = smollm2_file();
  if (!path) {
    return;
  }
  srlm::text::Tokenizer const tokenizer(vocabulary_of(*path));
  Tokens const ids = tokenizer.encode_response("Blue, I'd say.\n");
  CHECK(ids.back() == 2);
  CHECK(tokenizer.is_end(2));
  CHECK(tokenizer.decode(ids) == "Blue, I'd say.\n");
}
