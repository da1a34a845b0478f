/// Open Assistant's messages, one a line, each with the id of its parent (data/open_assistant.hpp).
#pragma once
#include <srlm/data/open_assistant.hpp>
#include <array>
#include <vector>

namespace srlm {

/// Rows of this format are lines, and lines become trees (grow_trees).
struct OpenAssistantFormat {
  static constexpr std::string_view name = "open_assistant";
  static constexpr std::string_view form =
      R"({"message_id", "parent_id", "message_tree_id", "text", "role", "lang", "rank", "deleted", ...})";
  static constexpr std::array<std::string_view, 0> fields = {}; // all are kept
  using Row = OpenAssistantTree;

  static bool recognises(io::Json const& object) { return object.contains("message_id"); }

  /// Throws: as open_assistant_message.
  static OpenAssistantLine read_line(io::Json const& object, std::string const& where) {
    return {open_assistant_message(object, where), io::optional_string(object, "message_tree_id", where).value_or(""),
            io::optional_string(object, "tree_state", where).value_or("")};
  }

  /// The tree's messages, parents first.
  static std::vector<io::OrderedJson> write_lines(OpenAssistantTree const& tree) {
    std::vector<io::OrderedJson> lines;
    for (OpenAssistantMessage const& message : tree.messages) {
      io::OrderedJson& line = lines.emplace_back(json_of(message));
      line["message_tree_id"] = tree.id;
      if (!tree.state.empty()) {
        line["tree_state"] = tree.state;
      }
    }
    return lines;
  }
};

} // namespace srlm
