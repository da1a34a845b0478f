/// Conversations: what all formats of instructions come down to. A conversation to learn from is a prompt (all messages
/// but the last) and a response (the last one, the assistant's).
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/conversation.hpp>
#include <srlm/data/ascii.hpp>
#include <srlm/data/bad_row.hpp>
#include <srlm/data/supervised_example.hpp>
#include <srlm/io/json.hpp>
#include <srlm/text/chat_template.hpp>
#include <span>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

/// Messages in order. Roles: "system" (first or nowhere), then "user" and "assistant" in turns.
using Conversation = std::vector<text::Message>;

/// Optional: a tokenizer that also renders conversations of several messages.
template <class T>
concept ChatTokenizer = Tokenizer<T> && requires(T const& t, std::span<text::Message const> messages) {
  { t.encode_chat(messages, true) } -> std::same_as<Tokens>;
};

/// Whether a text says nothing.
inline bool is_blank_text(std::string_view text) { return ascii::trimmed(text).empty(); }

/// Throws: BadRow unless the messages are what comes before an answer: at most one system message, first, then user and
/// assistant in turns, ending with the user; only a system message may be blank.
inline void check_prompt(std::span<text::Message const> prompt, std::string const& where) {
  bool system = false;
  std::size_t turns = 0;
  for (std::size_t i = 0; i < prompt.size(); ++i) {
    auto const& [role, content] = prompt[i];
    std::string const place = where + ": message " + std::to_string(i + 1);
    if (role == "system") {
      if (i > 0) {
        throw BadRow(RowFault::roles, place, "a system message", "one only at the beginning");
      }
      system = true;
      continue;
    }
    if (role != "user" && role != "assistant") {
      throw BadRow(RowFault::roles, place, "the role \"" + role + '"', "system, user or assistant");
    }
    bool const users = turns++ % 2 == 0;
    if ((role == "user") != users) {
      throw BadRow(RowFault::roles, place, "the role \"" + role + '"',
                   users ? "user: a conversation begins with the user and alternates"
                         : "assistant: user and assistant alternate");
    }
    if (is_blank_text(content)) {
      throw BadRow(users ? RowFault::no_prompt : RowFault::empty_answer, place,
                   users ? "a blank prompt" : "an empty answer", "a text");
    }
  }
  if (turns == 0) {
    throw BadRow(RowFault::no_prompt, where, system ? "a system message alone" : "no messages",
                 "a prompt: at least one message of the user");
  }
  if (turns % 2 == 0) {
    throw BadRow(RowFault::roles, where, "a prompt that ends with the assistant", "one that ends with the user");
  }
}

/// Throws: BadRow unless the conversation is a prompt as check_prompt wants it and an answer that is not blank.
inline void check_conversation(Conversation const& conversation, std::string const& where) {
  if (conversation.empty()) {
    throw BadRow(RowFault::no_prompt, where, "no messages", "a prompt and an answer");
  }
  text::Message const& last = conversation.back();
  if (last.role == "user" || last.role == "system") {
    check_prompt(conversation, where); // what else is wrong comes first
    throw BadRow(RowFault::roles, where, "a conversation that ends with the " + last.role,
                 "one that ends with an answer of the assistant");
  }
  if (last.role == "assistant" && is_blank_text(last.content)) {
    throw BadRow(RowFault::empty_answer, where + ": message " + std::to_string(conversation.size()), "an empty answer",
                 "a text");
  }
  if (last.role != "assistant") {
    throw BadRow(RowFault::roles, where + ": message " + std::to_string(conversation.size()),
                 "the role \"" + last.role + '"', "system, user or assistant");
  }
  check_prompt(std::span(conversation).first(conversation.size() - 1), where);
}

/// One turn of the user and the answer.
inline Conversation single_turn(std::string prompt, std::string response) {
  return {{"user", std::move(prompt)}, {"assistant", std::move(response)}};
}

/// Whether the prompt is one turn of the user and nothing else.
inline bool is_single_turn(std::span<text::Message const> prompt) {
  return prompt.size() == 1 && prompt[0].role == "user";
}

/// The text of a prompt of one turn. Throws: BadRow for any other, which the format called `format` cannot hold.
inline std::string const& single_prompt(std::span<text::Message const> prompt, std::string_view format,
                                        std::string const& where) {
  if (!is_single_turn(prompt)) {
    throw BadRow(RowFault::no_place, where, "a prompt of " + std::to_string(prompt.size()) + " messages",
                 "one turn of the user: " + std::string(format) + " has no place for more");
  }
  return prompt[0].content;
}

/// The messages {"role", "content"} of an array, roles as they stand there; names: how the format calls the two.
struct MessageFields {
  char const *role = "role", *content = "content";
};
inline Conversation messages_of(io::Json const& array, std::string const& where, MessageFields const& names = {}) {
  if (!array.is_array()) {
    throw BadRow(RowFault::field, where, io::excerpt(array), "a list of messages");
  }
  Conversation messages;
  for (io::Json const& message : array) {
    std::string const place = where + ": message " + std::to_string(messages.size() + 1);
    messages.push_back(
        {io::required_string(message, names.role, place), io::required_string(message, names.content, place)});
  }
  return messages;
}

/// The array that messages_of reads.
inline io::OrderedJson json_of(std::span<text::Message const> messages, MessageFields const& names = {}) {
  io::OrderedJson array = io::OrderedJson::array();
  for (text::Message const& message : messages) {
    array.push_back({{names.role, message.role}, {names.content, message.content}});
  }
  return array;
}

/// The prompt for a model, chat template applied. Its text is the user's where the prompt is one turn, else all
/// contents with blank lines between them, for people. Throws: Error for several messages and a tokenizer that knows
/// only turns, and what the chat template throws for an order that it does not allow.
template <Tokenizer T>
Prompt encode_messages(T const& tokenizer, std::span<text::Message const> messages) {
  if (is_single_turn(messages)) {
    return {messages[0].content, tokenizer.encode_prompt(messages[0].content)};
  }
  if constexpr (ChatTokenizer<T>) {
    std::string text;
    for (text::Message const& message : messages) {
      text += (text.empty() ? "" : "\n\n") + message.content;
    }
    return {std::move(text), tokenizer.encode_chat(messages, true)};
  } else {
    throw Error("encode_messages", "a prompt of " + std::to_string(messages.size()) + " messages",
                "one turn of the user, or a tokenizer with encode_chat");
  }
}

/// A conversation as a row of supervised training: the loss is on its last message alone.
template <Tokenizer T>
SupervisedExample encode_conversation(T const& tokenizer, Conversation const& conversation) {
  std::string const& answer = conversation.back().content;
  return {encode_messages(tokenizer, std::span(conversation).first(conversation.size() - 1)),
          {answer, tokenizer.encode_response(answer)}};
}

} // namespace srlm
