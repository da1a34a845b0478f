/// Open Assistant's trees, one a line, replies inside the messages that they answer (data/open_assistant.hpp).
#pragma once
#include <srlm/data/open_assistant.hpp>
#include <array>

namespace srlm {

struct OpenAssistantTreesFormat {
  static constexpr std::string_view name = "open_assistant_trees";
  static constexpr std::string_view form =
      R"({"message_tree_id", "tree_state", "prompt": {"message_id", ..., "replies": [...]}})";
  static constexpr std::array<std::string_view, 3> fields = {"message_tree_id", "tree_state", "prompt"};
  using Row = OpenAssistantTree;

  static bool recognises(io::Json const& object) {
    return object.contains("prompt") && object.at("prompt").is_object();
  }

  /// Throws: as open_assistant_tree.
  static OpenAssistantTree read(io::Json const& object, std::string const& where) {
    return open_assistant_tree(object, where);
  }

  /// Throws: BadRow for a tree that is nested deeper than JSON may be.
  static io::OrderedJson write(OpenAssistantTree const& tree, std::string const& where) {
    std::vector<std::size_t> depth(tree.messages.size(), 1);
    std::vector<io::OrderedJson> done(tree.messages.size());
    for (std::size_t i = tree.messages.size(); i-- > 0;) { // replies come behind
      OpenAssistantMessage const& m = tree.messages[i];
      done[i] = json_of(m);
      io::OrderedJson replies = io::OrderedJson::array();
      for (std::size_t const reply : m.replies) {
        depth[i] = std::max(depth[i], depth[reply] + 1);
        replies.push_back(std::move(done[reply]));
      }
      if (2 * depth[i] > static_cast<std::size_t>(io::json_depth_limit) - 4) { // room for labels in the last one
        throw BadRow(RowFault::no_place, where, "a tree of more than 30 levels",
                     "one that is less deep, or " + std::string("open_assistant"));
      }
      done[i]["replies"] = std::move(replies);
    }
    io::OrderedJson object{{"message_tree_id", tree.id}};
    if (!tree.state.empty()) {
      object["tree_state"] = tree.state;
    }
    object["prompt"] = std::move(done[0]);
    return object;
  }
};

} // namespace srlm
