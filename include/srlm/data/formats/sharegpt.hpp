/// ShareGPT: conversations whose turns are of "human" and "gpt".
#pragma once
#include <srlm/data/conversation.hpp>
#include <array>

namespace srlm {

/// "user" and "assistant" are read as "human" and "gpt" are. A field "system" is a system message before the turns.
struct ShareGptFormat {
  static constexpr std::string_view name = "sharegpt";
  static constexpr std::string_view form = R"({"conversations": [{"from": "human", "gpt" or "system", "value"}, ...]})";
  static constexpr std::array<std::string_view, 2> fields = {"conversations", "system"};
  static constexpr std::array<std::string_view, 2> inner_fields = {"from", "value"}; ///< of each message
  using Row = Conversation;

  static bool recognises(io::Json const& object) { return object.contains("conversations"); }

  /// Throws: Error at where for mistyped fields, another speaker, and what check_conversation refuses.
  static Conversation read(io::Json const& object, std::string const& where) {
    Conversation conversation = messages_of(io::required_field(object, "conversations", where), where, names);
    for (std::size_t i = 0; i < conversation.size(); ++i) {
      std::string& role = conversation[i].role;
      role = role == "human" ? "user" : role == "gpt" ? "assistant" : role;
      if (role != "user" && role != "assistant" && role != "system") {
        throw BadRow(RowFault::roles, where + ": message " + std::to_string(i + 1) + ": the field \"from\"",
                     '"' + role + '"', "human, gpt or system");
      }
    }
    if (auto system = io::optional_string(object, "system", where)) {
      conversation.insert(conversation.begin(), {"system", std::move(*system)});
    }
    check_conversation(conversation, where);
    return conversation;
  }

  static io::OrderedJson write(Conversation conversation, std::string const&) {
    for (auto& message : conversation) {
      message.role = message.role == "user" ? "human" : message.role == "assistant" ? "gpt" : message.role;
    }
    return {{"conversations", json_of(conversation, names)}};
  }

 private:
  static constexpr MessageFields names = {"from", "value"};
};

} // namespace srlm
