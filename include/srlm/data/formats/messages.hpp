/// Messages as chat models and TRL have them: a conversation that ends with an answer is a prompt and a response.
#pragma once
#include <srlm/data/conversation.hpp>
#include <array>

namespace srlm {

struct MessagesFormat {
  static constexpr std::string_view name = "messages";
  static constexpr std::string_view form = R"({"messages": [{"role", "content"}, ...]})";
  static constexpr std::array<std::string_view, 1> fields = {"messages"};
  static constexpr std::array<std::string_view, 2> inner_fields = {"role", "content"}; ///< of each message
  using Row = Conversation;

  static bool recognises(io::Json const& object) { return object.contains("messages"); }

  /// Throws: Error at where for mistyped fields and what check_conversation refuses.
  static Conversation read(io::Json const& object, std::string const& where) {
    Conversation conversation = messages_of(io::required_field(object, "messages", where), where);
    check_conversation(conversation, where);
    return conversation;
  }
  static io::OrderedJson write(Conversation const& conversation, std::string const&) {
    return {{"messages", json_of(conversation)}};
  }
};

} // namespace srlm
