/// A prompt and its answer, as two strings: what `srlm sft` has always read.
#pragma once
#include <srlm/data/conversation.hpp>
#include <array>

namespace srlm {

struct PromptResponseFormat {
  static constexpr std::string_view name = "prompt_response";
  static constexpr std::string_view form = R"({"prompt", "response"})";
  static constexpr std::array<std::string_view, 2> fields = {"prompt", "response"};
  using Row = Conversation;

  static bool recognises(io::Json const& object) {
    return object.contains("response") && (object.contains("prompt") || object.contains("prompt_ids"));
  }

  /// Throws: Error at where for a missing, blank or mistyped field.
  static Conversation read(io::Json const& object, std::string const& where) {
    Conversation conversation =
        single_turn(io::required_string(object, "prompt", where), io::required_string(object, "response", where));
    check_conversation(conversation, where);
    return conversation;
  }

  /// Throws: BadRow for more than one turn.
  static io::OrderedJson write(Conversation const& conversation, std::string const& where) {
    auto const prompt = std::span(conversation).first(conversation.size() - 1);
    return {{"prompt", single_prompt(prompt, name, where)}, {"response", conversation.back().content}};
  }
};

} // namespace srlm
