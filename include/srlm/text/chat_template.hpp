/// Chat templates: how a conversation becomes the text that a model was tuned on. A template is a function from
/// messages to pieces; which pieces are the template's own and which were written by a person or a model is kept, so
/// that
/// "<|im_end|>" in a question stays text.
#pragma once
#include <srlm/core/error.hpp>
#include <algorithm> // min
#include <cstddef>   // size_t
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility> // move
#include <vector>

namespace srlm::text {

/// One turn of a conversation. Roles: "system", "user", "assistant".
struct Message {
  std::string role;
  std::string content;
  bool operator==(Message const&) const = default;
};

/// A stretch of a templated conversation.
struct Piece {
  std::string text;
  bool literal = true; ///< the template's own: control tokens in it are parsed. false: a person's or a model's words
  bool border = false; ///< no token reaches across its beginning: an answer starts here, as it does in generation
};

/// What a template writes; the built-in families, and functions of the user's own.
enum class ChatFamily { chatml, smollm2, llama3, llama2, mistral, gemma, zephyr, function };

/// The family's name as messages and `inspect` show it.
inline char const* name(ChatFamily family) {
  constexpr char const* names[] = {"ChatML", "SmolLM2", "Llama-3", "Llama-2", "Mistral", "Gemma", "Zephyr", "function"};
  return names[static_cast<std::size_t>(family)];
}

/// Semantics: a regular value. Built from a template's text by recognise() (chat_families.hpp) or from a function:
///
///     ChatTemplate([](std::span<Message const> messages, bool add_generation_prompt) {
///       std::vector<Piece> pieces;
///       for (Message const& m : messages) {
///         pieces.push_back({"<|" + m.role + "|>\n", true});
///         pieces.push_back({m.content, false});
///         pieces.push_back({"<|end|>\n", true});
///       }
///       if (add_generation_prompt) { pieces.push_back({"<|assistant|>\n", true}); }
///       return pieces;
///     })
///
/// A function can be used for prompts and answers (not only for whole chats) when the text of a chat that ends in an
/// answer begins with the text of the same chat up to the generation prompt.
class ChatTemplate {
 public:
  using Function = std::function<std::vector<Piece>(std::span<Message const>, bool add_generation_prompt)>;

  explicit ChatTemplate(Function function, ChatFamily family = ChatFamily::function)
      : function_(std::move(function)), family_(family) {
    require(static_cast<bool>(function_), "text::ChatTemplate", "an empty function",
            "a function that renders messages");
  }

  /// The pieces of a conversation; add_generation_prompt opens the assistant's next turn.
  /// Throws Error when there are no messages, for an unknown role, and for an order that the family does not allow.
  std::vector<Piece> render(std::span<Message const> messages, bool add_generation_prompt) const {
    require(!messages.empty(), "text::ChatTemplate", "no messages", "at least one");
    for (Message const& message : messages) {
      if (message.role != "system" && message.role != "user" && message.role != "assistant") {
        throw Error("text::ChatTemplate", "role \"" + message.role + "\"", "system, user or assistant");
      }
    }
    return function_(messages, add_generation_prompt);
  }

  /// The conversation as one string, as transformers' apply_chat_template(tokenize=False) gives it.
  std::string text(std::span<Message const> messages, bool add_generation_prompt) const {
    std::string whole;
    for (Piece const& piece : render(messages, add_generation_prompt)) {
      whole += piece.text;
    }
    return whole;
  }

  /// What the template writes after a prompt (one user turn, and the opening of the answer) when the answer is there.
  /// nullopt: the template rewrites the prompt, so that no row of training is the two together.
  std::optional<std::vector<Piece>> answer_pieces(std::string_view answer) const {
    Message const chat[] = {{"user", "?"}, {"assistant", std::string(answer)}};
    std::string const prompt = text(std::span(chat, 1), true);
    std::vector<Piece> rest;
    std::size_t at = 0; // in the text of the whole chat
    for (Piece const& piece : render(chat, false)) {
      std::size_t const shared = std::min(piece.text.size(), prompt.size() - at);
      if (piece.text.compare(0, shared, prompt, at, shared) != 0) {
        return std::nullopt;
      }
      at += shared;
      if (shared < piece.text.size()) {
        rest.push_back({piece.text.substr(shared), piece.literal, piece.border && shared == 0});
      }
    }
    return at == prompt.size() ? std::optional<std::vector<Piece>>(std::move(rest)) : std::nullopt;
  }

  ChatFamily family() const { return family_; }

 private:
  Function function_;
  ChatFamily family_;
};

} // namespace srlm::text
