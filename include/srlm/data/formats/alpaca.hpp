/// Alpaca (Taori et al. 2023): an instruction, perhaps with an input that it is about, and the output.
#pragma once
#include <srlm/data/conversation.hpp>
#include <array>

namespace srlm {

/// The user's turn of an Alpaca row: the instruction and, where there is an input that is not blank, an empty line and
/// the input. Alpaca's own template ("Below is an instruction ...") is not added: the model's chat template takes its
/// place.
inline std::string alpaca_prompt(io::Json const& object, std::string const& where) {
  std::string prompt = io::required_string(object, "instruction", where);
  std::string const input = io::optional_string(object, "input", where).value_or("");
  return is_blank_text(input) ? prompt : prompt + "\n\n" + input;
}

struct AlpacaFormat {
  static constexpr std::string_view name = "alpaca";
  static constexpr std::string_view form = R"({"instruction", "input", "output"})";
  static constexpr std::array<std::string_view, 3> fields = {"instruction", "input", "output"};
  using Row = Conversation;

  static bool recognises(io::Json const& object) { return object.contains("instruction"); }

  /// Throws: Error at where for a missing, blank or mistyped field; "input" may be missing or blank.
  static Conversation read(io::Json const& object, std::string const& where) {
    Conversation conversation = single_turn(alpaca_prompt(object, where), io::required_string(object, "output", where));
    check_conversation(conversation, where);
    return conversation;
  }

  /// The whole prompt becomes the instruction. Throws: BadRow for more than one turn.
  static io::OrderedJson write(Conversation const& conversation, std::string const& where) {
    auto const prompt = std::span(conversation).first(conversation.size() - 1);
    return {
        {"instruction", single_prompt(prompt, name, where)}, {"input", ""}, {"output", conversation.back().content}};
  }
};

} // namespace srlm
