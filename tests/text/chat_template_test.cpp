// The families' templates against Jinja2 (fixtures/make_text_chat_templates.py), and what is refused.
#include "fixtures.hpp"
#include <srlm/core/error.hpp>
#include <srlm/text/chat_families.hpp>
#include <srlm/text/chat_template.hpp>
#include <string>
#include <vector>

using namespace srlm_test;
using Catch::Matchers::ContainsSubstring;
using srlm::text::ChatTemplate;
using srlm::text::Message;
using srlm::text::Piece;
using srlm::text::recognise;

namespace {

std::vector<Message> messages_of(nlohmann::json const& chat) {
  std::vector<Message> messages;
  for (nlohmann::json const& message : chat["messages"]) {
    messages.push_back({message["role"], message["content"]});
  }
  return messages;
}

std::string jinja_of(std::string const& name) {
  nlohmann::json const rows = fixture("text_chat_templates.json");
  for (nlohmann::json const& row : rows["templates"]) {
    if (row["name"] == name) {
      return row["template"];
    }
  }
  FAIL("no template " + name);
  return {};
}

} // namespace

TEST_CASE("every family is recognised and writes what Jinja2 writes, and refuses what the template refuses") {
  nlohmann::json const rows = fixture("text_chat_templates.json");
  int compared = 0;
  for (nlohmann::json const& row : rows["templates"]) {
    auto const chat_template = recognise(row["template"].get<std::string>(), {row["bos"], row["eos"]});
    REQUIRE(chat_template);
    INFO(row["name"].get<std::string>());
    CHECK(name(chat_template->family()) == row["family"].get<std::string>());
    for (std::size_t i = 0; i < rows["chats"].size(); ++i) {
      nlohmann::json const& chat = rows["chats"][i];
      INFO(chat.dump());
      if (row["texts"][i].is_null()) {
        CHECK_THROWS_AS(chat_template->text(messages_of(chat), chat["add_generation_prompt"]), srlm::Error);
      } else {
        CHECK(chat_template->text(messages_of(chat), chat["add_generation_prompt"]) ==
              row["texts"][i].get<std::string>());
        ++compared;
      }
    }
  }
  CHECK(compared > 180);
}

TEST_CASE("what people wrote is never part of a literal piece") {
  nlohmann::json const rows = fixture("text_chat_templates.json");
  std::vector<Message> const chat = {{"user", "QUESTION"}, {"assistant", "ANSWER"}, {"user", "QUESTION"}};
  for (nlohmann::json const& row : rows["templates"]) {
    int written = 0;
    for (Piece const& piece : recognise(row["template"].get<std::string>())->render(chat, true)) {
      bool const holds = piece.text == "QUESTION" || piece.text == "ANSWER";
      CHECK(holds == !piece.literal);
      written += holds ? 1 : 0;
    }
    CHECK(written == 3);
  }
}

TEST_CASE("the default system text is the one in the template") {
  std::string jinja = jinja_of("smollm2");
  std::string const usual = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
  jinja.replace(jinja.find(usual), usual.size(), "Be a SmolLM of another kind");
  Message const question{"user", "x"};
  CHECK(recognise(jinja)->text({&question, 1}, false) ==
        "<|im_start|>system\nBe a SmolLM of another kind<|im_end|>\n<|im_start|>user\nx<|im_end|>\n");
}

TEST_CASE("an empty template is no template") {
  CHECK_FALSE(recognise(""));
  CHECK_FALSE(recognise(" \n"));
}

TEST_CASE("an unknown template is refused, its beginning quoted and the way out named") {
  std::string const unknown = "{% for m in messages %}<<{{ m.role }}>> {{ m.content }}{% endfor %}";
  CHECK_THROWS_WITH(recognise(unknown),
                    ContainsSubstring("{% for m in messages %}<<") && ContainsSubstring("ChatTemplate(render)"));
  // Near relatives whose output would differ are unknown too.
  CHECK_THROWS_AS(recognise("{{ '<|im_start|>' + m.content + '<|im_end|>' }}{{ '<think>' }}"), srlm::Error);
  CHECK_THROWS_AS(recognise("{{ '<|user|>\n' + m.content + '<|end|>\n<|assistant|>\n' }}"), srlm::Error);
  CHECK_THROWS_AS(recognise("{{ '[SYSTEM_PROMPT]' }}{{ '[INST]' + m.content + '[/INST]' }}{{ m.content + eos_token }}"),
                  srlm::Error);
}

TEST_CASE("truncated templates are recognised or refused, never read past their end") {
  nlohmann::json const rows = fixture("text_chat_templates.json");
  for (nlohmann::json const& row : rows["templates"]) {
    std::string const jinja = row["template"];
    for (std::size_t length = 0; length < jinja.size(); length += 7) {
      try {
        recognise(std::string(jinja, 0, length));
      } catch (srlm::Error const&) {
      }
    }
  }
  SUCCEED();
}

TEST_CASE("unknown roles, no messages and wrong orders are refused with what is expected") {
  std::vector<Message> const unknown = {{"tool", "x"}};
  CHECK_THROWS_WITH(recognise(jinja_of("chatml"))->render(unknown, true),
                    ContainsSubstring("\"tool\"") && ContainsSubstring("system, user or assistant"));
  CHECK_THROWS_WITH(recognise(jinja_of("chatml"))->render({}, true), ContainsSubstring("no messages"));
  std::vector<Message> const twice = {{"user", "x"}, {"user", "y"}};
  CHECK_THROWS_WITH(recognise(jinja_of("gemma"))->render(twice, true),
                    ContainsSubstring("message 2") && ContainsSubstring("role assistant"));
  std::vector<Message> const alone = {{"system", "x"}};
  CHECK_THROWS_WITH(recognise(jinja_of("llama2"))->render(alone, true), ContainsSubstring("user message"));
  CHECK_THROWS_WITH(recognise(jinja_of("gemma"))->render(alone, true), ContainsSubstring("no place"));
}

TEST_CASE("an empty function is refused") { CHECK_THROWS_AS(ChatTemplate(ChatTemplate::Function{}), srlm::Error); }

TEST_CASE("a template that has a family's markers but writes something else is refused") {
  std::string const chatml = jinja_of("chatml"), llama = jinja_of("llama3"), gemma = jinja_of("gemma");
  auto const changed = [](std::string text, std::string const& from, std::string const& to) {
    std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    for (; at != std::string::npos; at = text.find(from, at + to.size())) {
      text.replace(at, from.size(), to);
    }
    return text;
  };
  std::vector<std::string> const others = {
      "FOO" + chatml,
      "{{ 'FOO' }}" + chatml,
      changed(chatml, "\\n", ""),
      changed(chatml, "message['role']", "message['role'] | upper"),
      changed(chatml, "message['content']", "message['content'] | replace('a', 'b')"),
      changed(chatml, "message['content']", "message['content'].upper()"),
      changed(chatml, "{% for", "{% 'for"),
      changed(chatml, "{% endfor", "{% en<for"),
      changed(chatml, "<|im_start|>assistant", "<|im_start|>gpt"),
      "{% for message in messages %}{% if message['role'] == 'user' %}{{ '<|im_start|>human\\n' + message['content'] + "
      "'<|im_end|>\\n' }}{% else %}{{ '<|im_start|>gpt\\n' + message['content'] + '<|im_end|>\\n' }}{% endif %}{% "
      "endfor %}",
      "{% if messages[0]['role'] == 'system' %}{% set system_message = messages[0]['content'] %}{% endif %}{% if "
      "system_message is defined %}{{ system_message }}{% endif %}" +
          chatml,
      "Hello" + llama,
      changed(llama, "\\n\\n", "\\n"),
      changed(gemma, "<end_of_turn>\\n", "<end_of_turn>"),
      "{{ 'Hello' }}" + gemma,
  };
  for (std::string const& other : others) {
    INFO(other);
    CHECK_THROWS_AS(recognise(other, {"<s>", "</s>"}), srlm::Error);
  }
}

TEST_CASE(
    "a ChatML template that writes bos, and a Llama-3 template with a system text of its own, are taken at their "
    "word") {
  std::vector<Message> const hello = {{"user", "Hi"}};
  auto const with_bos = recognise("{{ bos_token }}" + jinja_of("chatml"), {"<s>", "</s>"});
  REQUIRE(with_bos);
  CHECK(with_bos->text(hello, true) == "<s><|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n");
  auto const with_system = recognise(
      "{% if messages[0]['role'] != 'system' %}{{ "
      "'<|start_header_id|>system<|end_header_id|>\\n\\nYou are Foo.<|eot_id|>' }}{% endif %}" +
          jinja_of("llama3"),
      {"<|begin_of_text|>", "<|eot_id|>"});
  REQUIRE(with_system);
  CHECK_THAT(
      with_system->text(hello, true),
      ContainsSubstring("<|start_header_id|>system<|end_header_id|>\n\nYou are Foo.<|eot_id|><|start_header_id|>user"));
}
