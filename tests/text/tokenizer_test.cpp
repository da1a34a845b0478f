// The tokenizer as the loop sees it: prompts, answers, chats, and what ends an answer.
#include "fixtures.hpp"
#include <srlm/core/error.hpp>
#include <srlm/text/tokenizer.hpp>
#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace srlm_test;
using Catch::Matchers::ContainsSubstring;
using srlm::Token;
using srlm::Tokens;
using srlm::text::ChatTemplate;
using srlm::text::ControlTokens;
using srlm::text::Message;
using srlm::text::Piece;
using srlm::text::Vocabulary;

namespace {

struct Family {
  std::string name;
  std::string bos;        // as the tokenizer's vocabulary has it
  std::string end;        // ends an answer
  std::size_t prompt_bos; // how often bos stands in the ids of one prompt
};

std::vector<Family> const families = {
    {"chatml", "<s>", "<|im_end|>", 1},
    {"smollm2", "<|im_start|>", "<|im_end|>", 3},
    {"qwen2", "<s>", "<|im_end|>", 1},
    {"llama3", "<|begin_of_text|>", "<|eot_id|>", 1},
    {"llama3.1", "<|begin_of_text|>", "<|eot_id|>", 1},
    {"llama2", "<s>", "</s>", 1},
    {"mistral v0.1", "<s>", "</s>", 1},
    {"mistral v1", "<s>", "</s>", 1},
    {"mistral v3", "<s>", "</s>", 1},
    {"gemma", "<bos>", "<end_of_turn>", 1},
    {"gemma3", "<bos>", "<end_of_turn>", 1},
    {"zephyr", "<s>", "</s>", 1},
};

/// A vocabulary with the family's template and with the control tokens of all families.
Vocabulary vocabulary_of_family(Family const& family) {
  Vocabulary v =
      byte_vocabulary({"<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
                       "<|eot_id|>", "<s>", "</s>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>"});
  nlohmann::json const rows = fixture("text_chat_templates.json");
  for (nlohmann::json const& row : rows["templates"]) {
    if (row["name"] == family.name) {
      v.chat_template = row["template"];
      v.eos = id_of(v, row["eos"]);
    }
  }
  v.bos = id_of(v, family.bos);
  v.add_bos = true;
  return v;
}

} // namespace

TEST_CASE("P6: a prompt has exactly the BOS that the template or the model wants, never two") {
  for (Family const& family : families) {
    srlm::text::Tokenizer const tokenizer(vocabulary_of_family(family));
    Token const bos = *tokenizer.vocabulary().bos;
    Tokens const ids = tokenizer.encode_prompt("hello <s> <bos> <|begin_of_text|> <|im_start|>");
    INFO(family.name);
    CHECK(ids.front() == bos);
    CHECK(static_cast<std::size_t>(std::count(ids.begin(), ids.end(), bos)) == family.prompt_bos);
  }
}

TEST_CASE("Llama-2 begins every turn of the user with BOS") {
  srlm::text::Tokenizer const tokenizer(vocabulary_of_family({"llama2", "<s>", "</s>", 1}));
  std::vector<Message> const chat = {{"user", "a"}, {"assistant", "b"}, {"user", "c"}};
  Tokens const ids = tokenizer.encode_chat(chat, true);
  CHECK(std::count(ids.begin(), ids.end(), *tokenizer.vocabulary().bos) == 2);
  CHECK(tokenizer.decode(ids, ControlTokens::keep) == "<s>[INST] a [/INST] b </s><s>[INST] c [/INST]");
}

TEST_CASE("P7: a prompt's ids and an answer's ids are the ids of the whole chat up to its end of turn") {
  for (Family const& family : families) {
    srlm::text::Tokenizer const tokenizer(vocabulary_of_family(family));
    Token const end = id_of(tokenizer.vocabulary(), family.end);
    for (std::string const question : {"hello", "x\n\n", " a ", "<|im_end|></s>", ""}) {
      for (std::string const answer : {"hello", "\n\nhello", "  hello  ", "<|im_end|></s><tool>", "", "\n"}) {
        INFO(family.name << ": " << question << " / " << answer);
        std::vector<Message> const chat = {{"user", question}, {"assistant", answer}};
        Tokens row = tokenizer.encode_prompt(question);
        Tokens const response = tokenizer.encode_response(answer);
        row.insert(row.end(), response.begin(), response.end());
        Tokens const whole = tokenizer.encode_chat(chat, false);
        REQUIRE(row.size() <= whole.size());
        CHECK(std::equal(row.begin(), row.end(), whole.begin()));
        CHECK(response.back() == end);
        CHECK(tokenizer.is_end(response.back()));
        CHECK(std::count_if(response.begin(), response.end(), [&](Token t) { return tokenizer.is_end(t); }) == 1);
        Tokens const after(whole.begin() + static_cast<std::ptrdiff_t>(row.size()), whole.end());
        std::string const rest = tokenizer.decode(after, ControlTokens::keep);
        CHECK((rest.empty() || rest == "\n" || rest == " "));
        // The prompt is also the beginning of a longer conversation.
        CHECK(row == [&] {
          Tokens again = tokenizer.encode_chat(std::span(chat).first(1), true);
          again.insert(again.end(), response.begin(), response.end());
          return again;
        }());
      }
    }
  }
}

TEST_CASE("P7 over several turns: the ids of a conversation so far and of an answer are those of the whole chat") {
  for (Family const& family : families) {
    srlm::text::Tokenizer const tokenizer(vocabulary_of_family(family));
    for (bool const system : {false, true}) {
      for (std::string const answer : {"hello", "\n\nhello", "<|im_end|></s>", ""}) {
        INFO(family.name << ": " << answer << (system ? " with a system message" : ""));
        std::vector<Message> chat = {{"user", "x"}, {"assistant", "hello\n"}, {"user", " y"}};
        if (system) {
          chat.insert(chat.begin(), {"system", "z"});
        }
        Tokens row;
        try {
          row = tokenizer.encode_chat(chat, true);
        } catch (srlm::Error const&) {
          CHECK(system); // a family may have no place for it
          continue;
        }
        Tokens const response = tokenizer.encode_response(answer);
        row.insert(row.end(), response.begin(), response.end());
        std::string const asked = tokenizer.chat_template()->text(chat, true);
        chat.push_back({"assistant", answer});
        if (system && !tokenizer.chat_template()->text(chat, false).starts_with(asked)) {
          continue; // Mistral's stands before the last question while that is the last message
        }
        Tokens const whole = tokenizer.encode_chat(chat, false);
        REQUIRE(row.size() <= whole.size());
        CHECK(std::equal(row.begin(), row.end(), whole.begin()));
      }
    }
  }
}

TEST_CASE("P7: what would merge across the border of prompt and answer does not") {
  srlm::text::Tokenizer const tokenizer(vocabulary_of_family(families[0]));
  Vocabulary const& v = tokenizer.vocabulary();
  Token const line = id_of(v, "\xC4\x8A"), two_lines = id_of(v, "\xC4\x8A\xC4\x8A");
  CHECK(tokenizer.encode("\n\n") == Tokens{two_lines}); // the two would merge
  Tokens const prompt = tokenizer.encode_prompt("x");
  CHECK(prompt.back() == line);
  CHECK(tokenizer.encode_response("\n") == Tokens{line, id_of(v, "<|im_end|>")});
}

TEST_CASE("P6: control tokens that a user writes stay text in prompts and answers") {
  for (Family const& family : families) {
    srlm::text::Tokenizer const tokenizer(vocabulary_of_family(family));
    auto const control = [&](Tokens const& ids) {
      return std::count_if(ids.begin(), ids.end(), [&](Token id) {
        return tokenizer.vocabulary().roles[static_cast<std::size_t>(id)] == srlm::text::TokenRole::control;
      });
    };
    std::string all;
    for (std::string const& spelling : tokenizer.vocabulary().tokens) {
      all += spelling.size() > 3 && spelling[0] == '<' ? spelling : "";
    }
    INFO(family.name);
    CHECK(control(tokenizer.encode_prompt(all)) == control(tokenizer.encode_prompt("x")));
    CHECK(control(tokenizer.encode_response(all)) == control(tokenizer.encode_response("x")));
    CHECK(tokenizer.decode(tokenizer.encode_prompt(all)).find(all) != std::string::npos);
  }
}

TEST_CASE("any bytes come back from byte-level BPE") {
  srlm::text::Tokenizer const tokenizer(byte_vocabulary());
  std::mt19937 draw(1);
  for (int i = 0; i < 3000; ++i) {
    std::string const text = random_bytes(draw);
    CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
  }
}

TEST_CASE("any bytes come back with the vocabularies of real models") {
  for (std::string const name : {"gpt-2", "llama-spm"}) {
    auto const path = shared_tokenizer("ggml-vocab-" + name + ".gguf");
    if (!path) {
      continue;
    }
    srlm::text::Tokenizer const tokenizer(vocabulary_of(*path));
    CHECK(tokenizer.encodes_every_byte());
    std::mt19937 draw(2);
    for (int i = 0; i < 1000; ++i) {
      std::string const text = random_bytes(draw);
      CHECK(tokenizer.decode(tokenizer.encode(text)) == text);
    }
  }
}

TEST_CASE("without a chat template prompts are refused and the way out is named; text and answers work") {
  Vocabulary v = byte_vocabulary();
  v.eos = id_of(v, "<|im_end|>");
  srlm::text::Tokenizer const tokenizer(v);
  CHECK_FALSE(tokenizer.chat_template());
  CHECK_THROWS_WITH(tokenizer.encode_prompt("x"),
                    ContainsSubstring("without a chat template") && ContainsSubstring("ChatTemplate(render)"));
  CHECK(tokenizer.encode_response("hello") == Tokens{id_of(v, "hello"), *v.eos});
  v.eos.reset();
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v).encode_response("x"), ContainsSubstring("without eos"));
}

TEST_CASE("an unknown chat template hinders prompts alone, and the message quotes it") {
  Vocabulary v = byte_vocabulary();
  v.chat_template = "{{ 'something else entirely' }}";
  srlm::text::Tokenizer const tokenizer(v);
  CHECK(tokenizer.decode(tokenizer.encode("hello")) == "hello");
  CHECK_THROWS_WITH(tokenizer.encode_prompt("x"), ContainsSubstring("something else entirely"));
}

TEST_CASE("a chat template can be a function") {
  Vocabulary v = byte_vocabulary({"<|end|>", "<eos>"});
  v.eos = id_of(v, "<eos>");
  auto const render = [](std::span<Message const> messages, bool generation) {
    std::vector<Piece> pieces;
    for (Message const& message : messages) {
      pieces.push_back({"[" + message.role + "]", true});
      pieces.push_back({message.content, false});
      pieces.push_back({"<|end|>", true});
    }
    if (generation) {
      pieces.push_back({"[assistant]", true});
    }
    return pieces;
  };
  srlm::text::Tokenizer const tokenizer(v, ChatTemplate(render));
  CHECK(tokenizer.decode(tokenizer.encode_prompt("hello<|end|>"), ControlTokens::keep) ==
        "[user]hello<|end|><|end|>[assistant]");
  CHECK(tokenizer.encode_response("hello") == Tokens{id_of(v, "hello"), id_of(v, "<|end|>")});
  CHECK(tokenizer.is_end(id_of(v, "<|end|>")));
  CHECK(tokenizer.is_end(id_of(v, "<eos>")));
  CHECK_FALSE(tokenizer.is_end(id_of(v, "hello")));
}

TEST_CASE("a function that rewrites the prompt once the answer is there is refused for answers") {
  auto const render = [](std::span<Message const> messages, bool) {
    return std::vector<Piece>{{std::to_string(messages.size()) + " messages", true}};
  };
  srlm::text::Tokenizer const tokenizer(byte_vocabulary(), ChatTemplate(render));
  CHECK_NOTHROW(tokenizer.encode_prompt("x"));
  CHECK_THROWS_WITH(tokenizer.encode_response("x"), ContainsSubstring("encode_chat"));
}

TEST_CASE("an id outside the vocabulary is refused with the id and the size") {
  srlm::text::Tokenizer const tokenizer(byte_vocabulary());
  Token const size = static_cast<Token>(tokenizer.size());
  CHECK_THROWS_WITH(tokenizer.decode(Tokens{0, size}),
                    ContainsSubstring("id " + std::to_string(size)) && ContainsSubstring(std::to_string(size - 1)));
  CHECK_THROWS_AS(tokenizer.decode(Tokens{-1}), srlm::Error);
}

TEST_CASE("an inconsistent vocabulary is refused") {
  CHECK_THROWS_AS(srlm::text::Tokenizer(Vocabulary{}), srlm::Error);
  Vocabulary v = byte_vocabulary();
  v.bos = static_cast<Token>(v.tokens.size());
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v), ContainsSubstring("id " + std::to_string(v.tokens.size())));
  v = byte_vocabulary();
  v.end_tokens = {-1};
  CHECK_THROWS_AS(srlm::text::Tokenizer(v), srlm::Error);
  v = byte_vocabulary();
  v.roles.pop_back();
  CHECK_THROWS_WITH(srlm::text::Tokenizer(v), ContainsSubstring("roles"));
}

TEST_CASE("a copy is the same tokenizer after the original is gone") {
  auto first = std::optional<srlm::text::Tokenizer>(byte_vocabulary());
  srlm::text::Tokenizer const copy = *first;
  Tokens const ids = first->encode("hello");
  first.reset();
  CHECK(copy.encode("hello") == ids);
}
