/// The two shapes that the built-in chat templates have: turns with a header each (ChatML, Llama-3, Gemma, Zephyr), and
/// user turns in brackets that carry the system text inside (Llama-2, Mistral).
#pragma once
#include <srlm/text/chat_template.hpp>
#include <srlm/text/utf8.hpp> // strip
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::text {

/// What stands around the content of a turn.
struct TurnForm {
  std::string before;
  std::string after;
  bool stripped = false; ///< white space at the content's ends is taken away
};

/// The parts of a template; see render_headed and render_bracketed.
struct ChatForm {
  ChatFamily family = ChatFamily::chatml;
  std::string bos;             ///< before the first turn; render_bracketed: see bos_every_turn
  bool bos_every_turn = false; ///< render_bracketed: bos opens each user turn
  bool always_system = false;  ///< a system turn is written even where the conversation has none
  std::string default_system;  ///< its content then
  std::string system_preamble; ///< stands before the content of a system turn
  TurnForm system, user, assistant;
  std::string generation; ///< opens an answer
  enum class System { turn, first_user, last_user, refused } system_place = System::turn;
  bool strip_joined = false; ///< system and user content are stripped together, once joined
  bool alternates = false;   ///< user and assistant take turns, anything else is refused
};

/// Throws Error unless user and assistant turns alternate, user first, after an optional system turn.
inline void require_alternating(std::span<Message const> messages, ChatForm const& form) {
  std::string const where = std::string("text::ChatTemplate (") + name(form.family) + ")";
  bool const has_system = messages.front().role == "system";
  if (has_system && form.system_place == ChatForm::System::refused) {
    throw Error(where, "a system message", "user and assistant messages: this template has no place for it");
  }
  for (std::size_t i = has_system ? 1 : 0; i < messages.size(); ++i) {
    char const* const expected = (i - (has_system ? 1 : 0)) % 2 == 0 ? "user" : "assistant";
    if (messages[i].role != expected) {
      throw Error(where, "message " + std::to_string(i + 1) + " with role " + messages[i].role,
                  std::string("role ") + expected + " there: user and assistant take turns, user first");
    }
  }
  if (has_system && messages.size() == 1) {
    throw Error(where, "a system message alone", "a user message after it: this template writes the two together");
  }
}

inline std::string content_of(TurnForm const& form, std::string const& content) {
  return form.stripped ? std::string(strip(content)) : content;
}

/// Each turn is before + content + after. Where the system text has no turn of its own it opens the first user's
/// content.
inline std::vector<Piece> render_headed(ChatForm const& form, std::span<Message const> messages, bool generation) {
  std::vector<Piece> pieces;
  auto const literal = [&](std::string const& text) {
    if (!text.empty()) {
      pieces.push_back({text, true});
    }
  };
  if (form.alternates) {
    require_alternating(messages, form);
  }
  literal(form.bos);
  bool const has_system = messages.front().role == "system";
  bool const own_turn = form.system_place == ChatForm::System::turn;
  if (form.always_system && !has_system) {
    literal(form.system.before + form.system_preamble + form.default_system + form.system.after);
  }
  for (std::size_t i = has_system && !own_turn ? 1 : 0; i < messages.size(); ++i) {
    std::string const& role = messages[i].role;
    TurnForm const& turn = role == "system" ? form.system : role == "user" ? form.user : form.assistant;
    literal(turn.before + (role == "system" && i == 0 ? form.system_preamble : ""));
    if (has_system && !own_turn && i == 1) {
      pieces.push_back({content_of(form.system, messages[0].content), false});
      literal(form.system.after);
    }
    pieces.push_back({content_of(turn, messages[i].content), false, role == "assistant"});
    literal(turn.after);
  }
  if (generation) {
    literal(form.generation);
  }
  return pieces;
}

/// User turns are before + content + after, and one of them carries the system text: system.before + system text +
/// system.after + content. Nothing opens an answer; what stands before its content belongs to the answer.
inline std::vector<Piece> render_bracketed(ChatForm const& form, std::span<Message const> messages, bool) {
  require_alternating(messages, form);
  bool const has_system = messages.front().role == "system";
  std::size_t carrier = 1; // which message holds the system text
  if (form.system_place == ChatForm::System::last_user) {
    for (std::size_t i = 1; i < messages.size(); ++i) {
      carrier = messages[i].role == "user" ? i : carrier;
    }
    // The system text goes with the conversation's last message, if that is the user's.
    carrier = messages.back().role == "user" ? carrier : messages.size();
  }
  std::vector<Piece> pieces;
  if (!form.bos_every_turn && !form.bos.empty()) {
    pieces.push_back({form.bos, true});
  }
  for (std::size_t i = has_system ? 1 : 0; i < messages.size(); ++i) {
    bool const is_user = messages[i].role == "user";
    TurnForm const& turn = is_user ? form.user : form.assistant;
    std::string const before = (is_user && form.bos_every_turn ? form.bos : "") + turn.before;
    if (!before.empty()) {
      pieces.push_back({before, true, !is_user});
    }
    bool const carries = is_user && has_system && i == carrier;
    if (carries) {
      pieces.push_back({form.system.before, true});
      pieces.push_back({content_of(form.system, messages[0].content), false});
      pieces.push_back({form.system.after, true});
    }
    std::string content = content_of(turn, messages[i].content);
    if (carries && form.strip_joined) { // what is joined begins with a literal: only the end is stripped
      std::string const marked = "." + messages[i].content;
      content = std::string(strip(marked)).substr(1);
    }
    pieces.push_back({content, false, !is_user && before.empty()});
    pieces.push_back({turn.after, true});
  }
  return pieces;
}

/// The template that writes this form.
inline ChatTemplate chat_template_of(ChatForm form) {
  bool const bracketed = form.family == ChatFamily::llama2 || form.family == ChatFamily::mistral;
  ChatFamily const family = form.family;
  return ChatTemplate(
      [form = std::move(form), bracketed](std::span<Message const> messages, bool generation) {
        return bracketed ? render_bracketed(form, messages, generation) : render_headed(form, messages, generation);
      },
      family);
}

} // namespace srlm::text
