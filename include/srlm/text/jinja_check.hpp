/// Whether a chat template prints nothing but what its family prints. The families of chat_families.hpp are recognised
/// by their markers; a template that has the markers and still writes something else (other role names, further text,
/// changed contents) must be refused, or the model would silently get other prompts than it was trained on.
#pragma once
#include <srlm/text/jinja_output.hpp>
#include <algorithm> // find, max
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::text::detail {

inline bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The text outside all tags and comments; nullopt: a tag that does not end or is no statement of Jinja.
inline std::optional<std::string> text_outside_tags(std::string_view jinja) {
  constexpr std::array<std::string_view, 13> statements = {"for",        "endfor",        "if",     "elif",  "else",
                                                           "endif",      "set",           "endset", "macro", "endmacro",
                                                           "generation", "endgeneration", "break"};
  std::string outside;
  for (std::size_t at = 0; at < jinja.size();) {
    std::string_view const two = jinja.substr(at, 2);
    if (two != "{{" && two != "{%" && two != "{#") {
      outside.push_back(jinja[at++]);
      continue;
    }
    std::size_t const end = jinja.find(two == "{{" ? "}}" : two == "{%" ? "%}" : "#}", at + 2);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    if (two == "{%") {
      std::string_view inside = jinja.substr(at + 2, end - at - 2);
      std::size_t const first = inside.find_first_not_of(" \t\r\n-+");
      inside = first == std::string_view::npos ? std::string_view() : inside.substr(first);
      std::string_view const word = inside.substr(0, inside.find_first_of(" \t\r\n-(=+"));
      if (std::find(statements.begin(), statements.end(), word) == statements.end()) {
        return std::nullopt;
      }
    }
    at = end + 2;
  }
  return outside;
}

/// A variable without filters or calls that would change its text, save those that strip white space.
inline bool is_unchanged(std::string text) {
  for (std::string_view const allowed : {"|trim", "| trim", ".strip()", "|tojson", "| tojson", "|string"}) {
    for (std::size_t at = text.find(allowed); at != std::string::npos; at = text.find(allowed)) {
      text.erase(at, allowed.size());
    }
  }
  return !holds(text, "|") && !holds(text, " if ") && !holds(text, ".upper") && !holds(text, ".lower") &&
         !holds(text, ".replace") && !holds(text, ".title") && !holds(text, ".capitalize");
}

/// Whether the text is made of the pieces and white space alone.
inline bool is_made_of(std::string_view text, std::vector<std::string> const& pieces) {
  while (!text.empty()) {
    std::size_t taken = std::string_view(" \t\r\n").find(text.front()) != std::string_view::npos ? 1 : 0;
    for (std::string const& piece : pieces) {
      taken = !piece.empty() && text.starts_with(piece) ? std::max(taken, piece.size()) : taken;
    }
    if (taken == 0) {
      return false;
    }
    text.remove_prefix(taken);
  }
  return true;
}

/// What a headed template prints, in one line: literals as they are, a variable as a mark (\1 role, \2 content or
/// system text, \3 another one).
inline std::string printed_outline(std::vector<JinjaExpression> const& expressions) {
  std::string outline;
  for (JinjaExpression const& expression : expressions) {
    for (JinjaOperand const& operand : expression) {
      bool const system = holds(operand.text, "content") || holds(operand.text, "system_message");
      outline += operand.literal ? operand.text : system ? "\2" : holds(operand.text, "role") ? "\1" : "\3";
    }
  }
  return outline;
}

/// The template with `{% set turn = ... %}` of a whole turn as if it were printed at once, and `{{ turn }}` left out,
/// as Llama-3's has it.
inline std::string with_turns_printed(std::string_view jinja, std::string_view open) {
  std::string text(jinja);
  for (std::size_t at = text.find("{%"); at != std::string::npos; at = text.find("{%", at + 2)) {
    std::size_t const end = text.find("%}", at), set = text.find("set ", at), equals = text.find('=', at);
    if (end == std::string::npos || set > end || equals > end ||
        text.substr(equals, end - equals).find(open) == std::string::npos) {
      continue;
    }
    std::string name = text.substr(set + 4, equals - set - 4);
    name.erase(0, name.find_first_not_of(' '));
    name.erase(name.find_last_not_of(' ') + 1);
    text.replace(end, 2, "}}");
    text.replace(at, equals + 1 - at, "{{");
    for (std::string const& printed : {"{{ " + name + " }}", "{{" + name + "}}", "{{- " + name + " }}"}) {
      for (std::size_t use = text.find(printed); use != std::string::npos; use = text.find(printed)) {
        text.erase(use, printed.size());
      }
    }
  }
  return text;
}

/// What the family writes behind the beginning of a turn's header, behind the role's name, and behind a content.
struct HeadedMarks {
  std::string open, named, end;
  std::vector<std::string> roles;  ///< names that may stand in a header
  std::vector<std::string> pieces; ///< further texts that may be printed
};

/// Every header is open + role + named; every content ends with `end`; nothing else is printed. Templates with tools
/// print more in branches that a conversation without tools never takes, so there only the marks are checked.
inline bool prints_only(std::string_view written, HeadedMarks const& marks) {
  std::string const jinja = with_turns_printed(written, marks.open);
  auto const outside = text_outside_tags(jinja);
  std::vector<JinjaExpression> const expressions = jinja_expressions(jinja);
  std::vector<std::string> pieces = marks.roles;
  pieces.insert(pieces.end(), marks.pieces.begin(), marks.pieces.end());
  pieces.insert(pieces.end(), {marks.open, marks.named, marks.end});
  for (std::string const& mark : {marks.named, marks.end}) { // line ends may stand by themselves
    pieces.push_back(mark.substr(0, mark.find('\n')));
  }
  if (!outside || !is_made_of(*outside, pieces)) {
    return false;
  }
  bool const has_tools = holds(jinja, "tool");
  for (JinjaExpression const& expression : expressions) {
    for (JinjaOperand const& operand : expression) {
      bool const ours = holds(operand.text, "role") || holds(operand.text, "content");
      if (!operand.literal && ours && !is_unchanged(operand.text)) {
        return false;
      }
      if (operand.literal && !has_tools && !is_made_of(operand.text, pieces)) {
        return false;
      }
    }
  }
  std::string const outline = printed_outline(expressions);
  bool const inside_tags = outside->find_first_not_of(" \t\r\n") == std::string::npos;
  if (!inside_tags) {
    return true; // marks between the tags: their order is the text's
  }
  std::size_t const first_content = outline.find('\2'), first_open = outline.find(marks.open);
  if (first_open == std::string::npos || first_content < first_open) { // a content before any header
    return false;
  }
  for (std::size_t at = first_open; at != std::string::npos; at = outline.find(marks.open, at)) {
    at += marks.open.size();
    std::string_view rest = std::string_view(outline).substr(at);
    std::size_t name = rest.starts_with("\1") || rest.starts_with("\3") ? 1 : 0;
    for (std::string const& role : marks.roles) {
      name = rest.starts_with(role) ? role.size() : name;
    }
    if (name == 0 || !rest.substr(name).starts_with(marks.named)) {
      return false;
    }
  }
  std::string const bare_end = marks.end.substr(0, marks.end.find('\n'));
  for (std::size_t at = outline.find(bare_end); at != std::string::npos; at = outline.find(bare_end, at + 1)) {
    if (!std::string_view(outline).substr(at).starts_with(marks.end)) {
      return false;
    }
  }
  return holds(outline, marks.end);
}

} // namespace srlm::text::detail
