/// TRL's preference format in messages (conversational), the prompt by its name: several turns and a system message
/// have their place.
#pragma once
#include <srlm/data/preference_row.hpp>
#include <array>

namespace srlm {

/// The text of an answer given as a list of messages. Throws: BadRow unless it is one message of the assistant.
inline std::string answer_of(std::span<text::Message const> messages, std::string const& where) {
  if (messages.size() != 1) {
    throw BadRow(RowFault::roles, where, "an answer of " + std::to_string(messages.size()) + " messages",
                 "one message of the assistant");
  }
  if (messages[0].role != "assistant") {
    throw BadRow(RowFault::roles, where, "an answer with the role \"" + messages[0].role + '"', "assistant");
  }
  return messages[0].content;
}

/// Whether the row has a list under this key.
inline bool has_list(io::Json const& object, char const* field) {
  return object.contains(field) && object.at(field).is_array();
}

/// The messages under a key. Throws: Error at where, as messages_of does.
inline Conversation message_list(io::Json const& object, char const* field, std::string const& where) {
  return messages_of(io::required_field(object, field, where), where + ": the field \"" + field + '"');
}

struct PreferenceMessagesFormat {
  static constexpr std::string_view name = "preference_messages";
  static constexpr std::string_view form =
      R"({"prompt", "chosen", "rejected"}, each a list [{"role", "content"}, ...])";
  static constexpr std::array<std::string_view, 7> fields = {
      "prompt", "chosen", "rejected", score_fields[0], score_fields[1], score_fields[2], score_fields[3]};
  static constexpr std::array<std::string_view, 2> inner_fields = {"role", "content"}; ///< of each message
  using Row = PreferenceRow;

  static bool recognises(io::Json const& object) {
    return has_list(object, "prompt") && (has_list(object, "chosen") || has_list(object, "rejected"));
  }

  /// Throws: Error at where for a missing or mistyped field, an answer that is not one message of the assistant, and
  /// what check_preference refuses.
  static PreferenceRow read(io::Json const& object, std::string const& where) {
    auto const answer = [&](char const* field) {
      return answer_of(message_list(object, field, where), where + ": the field \"" + field + '"');
    };
    PreferenceRow row{message_list(object, "prompt", where), answer("chosen"), answer("rejected")};
    read_scores(row, object, where);
    check_preference(row, where);
    return row;
  }

  static io::OrderedJson write(PreferenceRow const& row, std::string const&) {
    auto const answer = [](std::string const& text) {
      text::Message const message{"assistant", text};
      return json_of(std::span(&message, 1));
    };
    io::OrderedJson object{
        {"prompt", json_of(row.prompt)}, {"chosen", answer(row.chosen)}, {"rejected", answer(row.rejected)}};
    write_scores(row, object);
    return object;
  }
};

} // namespace srlm
