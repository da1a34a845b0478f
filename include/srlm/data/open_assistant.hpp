/// Message trees of Open Assistant (Köpf et al. 2023, arXiv 2304.07327): a prompt, replies to it, replies to those, and
/// the rank that people gave to the replies of one message. Published in two shapes, one message a line and one tree a
/// line (formats/open_assistant.hpp, formats/open_assistant_trees.hpp).
#pragma once
#include <srlm/data/bad_row.hpp>
#include <srlm/data/left_out.hpp>
#include <srlm/data/located.hpp>
#include <srlm/io/json.hpp>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm {

struct OpenAssistantMessage {
  std::string id;
  std::string parent;  ///< empty: the root of a tree
  bool is_user = true; ///< "prompter", else "assistant"
  std::string text;
  std::string language;         ///< "en", ...; empty where the row does not say
  std::optional<int> rank = {}; ///< among its siblings; 0 is the best
  bool deleted = false;
  std::optional<bool> review = {};       ///< what the reviewers decided
  io::Json rest = io::Json::object();    ///< the other fields, as they are (labels, dates, ...)
  std::vector<std::size_t> replies = {}; ///< indices into the tree's messages
  bool operator==(OpenAssistantMessage const&) const = default;
};

/// messages[0] is the root; every other one comes after its parent, replies in the order of the file.
struct OpenAssistantTree {
  std::string id, state;
  std::vector<OpenAssistantMessage> messages;
  bool operator==(OpenAssistantTree const&) const = default;
};

/// A line of the flat shape: a message, and what it says of its tree.
struct OpenAssistantLine {
  OpenAssistantMessage message;
  std::string tree, state;
};

/// Takes a bad row instead of ending the reading; may throw.
using RefuseRow = std::function<void(BadRow const&)>;

/// Reads one message without its replies. Throws: Error at where for a missing or mistyped field and an unknown role.
inline OpenAssistantMessage open_assistant_message(io::Json const& object, std::string const& where) {
  OpenAssistantMessage m;
  m.id = io::required_string(object, "message_id", where);
  if (m.id.empty()) {
    throw BadRow(RowFault::field, where + ": the field \"message_id\"", "an empty text", "an id");
  }
  m.parent = io::optional_string(object, "parent_id", where).value_or("");
  std::string const role = io::required_string(object, "role", where);
  if (role != "prompter" && role != "assistant") {
    throw BadRow(RowFault::roles, where + ": the field \"role\"", '"' + role + '"', "\"prompter\" or \"assistant\"");
  }
  m.is_user = role == "prompter";
  m.text = io::required_string(object, "text", where);
  m.language = io::optional_string(object, "lang", where).value_or("");
  if (auto const rank = io::optional_integer(object, "rank", where)) {
    if (*rank < 0 || *rank > std::numeric_limits<int>::max()) {
      throw BadRow(RowFault::field, where + ": the field \"rank\"", std::to_string(*rank),
                   "0 for the best reply, 1 for the next, ...");
    }
    m.rank = static_cast<int>(*rank);
  }
  m.deleted = io::optional_bool(object, "deleted", where).value_or(false);
  m.review = io::optional_bool(object, "review_result", where);
  m.rest = object;
  for (char const* known : {"message_id", "parent_id", "role", "text", "lang", "rank", "deleted", "review_result",
                            "replies", "message_tree_id", "tree_state"}) {
    m.rest.erase(known);
  }
  return m;
}

/// The fields of one message, without tree and replies.
inline io::OrderedJson json_of(OpenAssistantMessage const& m) {
  io::OrderedJson object;
  object["message_id"] = m.id;
  object["parent_id"] = m.parent.empty() ? io::OrderedJson(nullptr) : io::OrderedJson(m.parent);
  object["text"] = m.text;
  object["role"] = m.is_user ? "prompter" : "assistant";
  if (!m.language.empty()) {
    object["lang"] = m.language;
  }
  object["review_result"] = m.review ? io::OrderedJson(*m.review) : io::OrderedJson(nullptr);
  object["deleted"] = m.deleted;
  object["rank"] = m.rank ? io::OrderedJson(*m.rank) : io::OrderedJson(nullptr);
  for (auto const& [key, value] : m.rest.items()) {
    object[key] = io::OrderedJson(value);
  }
  return object;
}

namespace detail {

/// Whether a reply can stand below its parent.
inline void check_reply(OpenAssistantMessage const& parent, OpenAssistantMessage const& reply,
                        std::string const& where) {
  if (parent.is_user == reply.is_user) {
    throw BadRow(RowFault::roles, where + ": the field \"role\"",
                 std::string("a reply of the ") + (reply.is_user ? "prompter" : "assistant") + " to its own kind",
                 "roles that alternate");
  }
}

inline void check_root(OpenAssistantMessage const& root, std::string const& where) {
  if (!root.is_user) {
    throw BadRow(RowFault::roles, where + ": the field \"role\"", "a tree that begins with the assistant",
                 "one that begins with the prompter");
  }
}

} // namespace detail

/// Trees out of the flat shape, in any order of its lines; a tree stands where its root does. Messages whose parent is
/// not in the file, as published subsets have them, and what hangs below those are left out and counted in
/// left_out["parent_missing"]. refuse is told of every line that contradicts the others: an id that an earlier line has
/// (both lines are named), a reply to its own kind, an assistant as root, another tree's id than the parent's, and
/// messages that are each other's parents; where it returns, the line is left out.
inline std::vector<Located<OpenAssistantTree>> grow_trees(std::vector<Located<OpenAssistantLine>> lines,
                                                          RefuseRow const& refuse, LeftOut& left_out) {
  constexpr std::size_t nobody = std::numeric_limits<std::size_t>::max();
  std::map<std::string, std::size_t> index_of;
  std::vector<bool> usable(lines.size(), true);
  auto const refuse_line = [&](std::size_t i, BadRow const& problem) {
    usable[i] = false;
    refuse(problem);
  };
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const [known, is_first] = index_of.emplace(lines[i].row.message.id, i);
    if (!is_first) {
      refuse_line(i, BadRow(RowFault::repeated, lines[i].where + ": the field \"message_id\"",
                            "the id of " + lines[known->second].where, "each id once"));
    }
  }
  std::vector<std::size_t> parent(lines.size(), nobody), roots, orphans;
  std::vector<std::vector<std::size_t>> replies(lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const& [line, where] = lines[i];
    if (!usable[i]) {
      continue;
    }
    try {
      if (line.message.parent.empty()) {
        detail::check_root(line.message, where);
        roots.push_back(i);
        continue;
      }
      auto const found = index_of.find(line.message.parent);
      if (found == index_of.end()) {
        orphans.push_back(i);
        continue;
      }
      OpenAssistantLine const& above = lines[found->second].row;
      detail::check_reply(above.message, line.message, where);
      if (!line.tree.empty() && !above.tree.empty() && line.tree != above.tree) {
        throw BadRow(RowFault::tree, where + ": the field \"message_tree_id\"", '"' + line.tree + '"',
                     "the tree of its parent, \"" + above.tree + '"');
      }
      parent[i] = found->second;
      replies[found->second].push_back(i);
    } catch (BadRow const& problem) {
      refuse_line(i, problem);
    }
  }
  std::vector<Located<OpenAssistantTree>> trees;
  std::vector<bool> reached(lines.size(), false);
  /// Everything below a message, parents first, replies in the order of the file.
  auto const walk = [&](std::size_t top, auto&& visit) {
    std::vector<std::size_t> open = {top};
    while (!open.empty()) {
      std::size_t const i = open.back();
      open.pop_back();
      reached[i] = true;
      visit(i);
      open.insert(open.end(), replies[i].rbegin(), replies[i].rend());
    }
  };
  for (std::size_t const root : roots) {
    OpenAssistantLine const& first = lines[root].row;
    Located<OpenAssistantTree> tree{{first.tree.empty() ? first.message.id : first.tree, first.state, {}},
                                    lines[root].where};
    std::map<std::size_t, std::size_t> place; // line -> index in the tree
    walk(root, [&](std::size_t i) {
      std::size_t const at = tree.row.messages.size();
      if (i != root) {
        tree.row.messages[place.at(parent[i])].replies.push_back(at);
      }
      place[i] = at;
      tree.row.messages.push_back(std::move(lines[i].row.message));
    });
    trees.push_back(std::move(tree));
  }
  for (std::size_t const orphan : orphans) {
    walk(orphan, [&](std::size_t) { ++left_out["parent_missing"]; });
  }
  for (std::size_t i = 0; i < lines.size(); ++i) { // below a line that was refused, or in a circle
    if (usable[i] && !reached[i]) {
      std::size_t top = i;
      for (std::size_t steps = 0; steps < lines.size() && parent[top] != nobody; ++steps) {
        top = parent[top];
      }
      if (parent[top] == nobody) {
        ++left_out["parent_refused"];
      } else {
        refuse_line(i, BadRow(RowFault::tree, lines[i].where + ": the field \"parent_id\"",
                              "messages that are each other's parents", "a tree"));
      }
    }
  }
  return trees;
}

/// One tree of the nested shape: {"message_tree_id", "tree_state", "prompt": {..., "replies": [...]}}.
/// Throws: Error at where for what open_assistant_message refuses and for what contradicts its place.
inline OpenAssistantTree open_assistant_tree(io::Json const& object, std::string const& where) {
  OpenAssistantTree tree;
  tree.state = io::optional_string(object, "tree_state", where).value_or("");
  std::map<std::string, std::size_t> ids;
  std::function<std::size_t(io::Json const&, std::size_t)> const add = [&](io::Json const& json, std::size_t above) {
    std::size_t const at = tree.messages.size();
    std::string const place = where + ": message " + std::to_string(at + 1);
    OpenAssistantMessage message = open_assistant_message(json, place);
    if (!ids.emplace(message.id, at).second) {
      throw BadRow(RowFault::repeated, place + ": the field \"message_id\"", '"' + message.id + '"',
                   "each id once in a tree");
    }
    std::string const parent = at == 0 ? "" : tree.messages[above].id;
    if (!message.parent.empty() && message.parent != parent) {
      throw BadRow(RowFault::tree, place + ": the field \"parent_id\"", '"' + message.parent + '"',
                   at == 0 ? "none for a root" : "the message above it, \"" + parent + '"');
    }
    message.parent = parent;
    if (at == 0) {
      detail::check_root(message, place);
    } else {
      detail::check_reply(tree.messages[above], message, place);
    }
    tree.messages.push_back(std::move(message));
    if (io::optional_field(json, "replies", place) != nullptr) {
      for (io::Json const& reply : io::required_array(json, "replies", place)) {
        std::size_t const below = add(reply, at);
        tree.messages[at].replies.push_back(below);
      }
    }
    return at;
  };
  add(io::required_field(object, "prompt", where), 0);
  tree.id = io::optional_string(object, "message_tree_id", where).value_or(tree.messages[0].id);
  return tree;
}

} // namespace srlm
