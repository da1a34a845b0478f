/// TRL's preference format in messages, whole conversations (implicit): chosen and rejected begin with the prompt.
#pragma once
#include <srlm/data/formats/preference_messages.hpp>
#include <algorithm> // min
#include <array>

namespace srlm {

/// A field "prompt" with the user's last message as a string, as some sets have it beside the lists, must be that
/// message.
struct PreferenceMessagesImplicitFormat {
  static constexpr std::string_view name = "preference_messages_implicit";
  static constexpr std::string_view form =
      R"({"chosen", "rejected"}, each a list [{"role", "content"}, ...] beginning with the prompt)";
  static constexpr std::array<std::string_view, 7> fields = {
      "prompt", "chosen", "rejected", score_fields[0], score_fields[1], score_fields[2], score_fields[3]};
  static constexpr std::array<std::string_view, 2> inner_fields = {"role", "content"}; ///< of each message
  using Row = PreferenceRow;

  static bool recognises(io::Json const& object) {
    return (has_list(object, "chosen") || has_list(object, "rejected")) && !has_list(object, "prompt");
  }

  /// The prompt is what both begin with, up to and with the last message of the user that they share; what follows must
  /// be one message of the assistant in each. Throws: Error at where for anything else.
  static PreferenceRow read(io::Json const& object, std::string const& where) {
    Conversation const chosen = message_list(object, "chosen", where),
                       rejected = message_list(object, "rejected", where);
    auto const given = io::optional_string(object, "prompt", where);
    std::size_t length = 0;
    for (std::size_t i = 0; i < std::min(chosen.size(), rejected.size()) && chosen[i] == rejected[i]; ++i) {
      length = chosen[i].role == "user" ? i + 1 : length;
    }
    PreferenceRow row{{chosen.begin(), chosen.begin() + static_cast<std::ptrdiff_t>(length)}, "", ""};
    if (given && length == 0 && chosen.size() == 1 && rejected.size() == 1) {
      row.prompt = {{"user", *given}}; // the lists hold the answers alone
    } else if (length == 0) {
      throw BadRow(RowFault::no_prompt, where, "chosen and rejected without a common message of the user",
                   "a field \"prompt\", or a prompt with which both begin");
    } else if (given && *given != row.prompt.back().content) {
      throw BadRow(RowFault::field, where + ": the field \"prompt\"", "another text than the user's last message",
                   "the same, or none");
    }
    row.chosen = answer_of(std::span(chosen).subspan(length), where + ": the field \"chosen\"");
    row.rejected = answer_of(std::span(rejected).subspan(length), where + ": the field \"rejected\"");
    read_scores(row, object, where);
    check_preference(row, where);
    return row;
  }

  static io::OrderedJson write(PreferenceRow const& row, std::string const&) {
    auto const whole = [&](std::string const& answer) {
      Conversation conversation = row.prompt;
      conversation.push_back({"assistant", answer});
      return json_of(conversation);
    };
    io::OrderedJson object{{"chosen", whole(row.chosen)}, {"rejected", whole(row.rejected)}};
    write_scores(row, object);
    return object;
  }
};

} // namespace srlm
