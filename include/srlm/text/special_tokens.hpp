/// Special tokens in text: control tokens (<|im_end|>, <s>) and the user-defined ones, found by longest match. Whether
/// control tokens are looked for at all is the caller's choice, because text that people wrote must never become one.
#pragma once
#include <srlm/text/vocabulary.hpp>
#include <algorithm> // sort
#include <array>
#include <functional> // greater
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace srlm::text {

/// What encode does with the spelling of a control token in a text.
enum class Specials {
  as_text, ///< it stays text: for everything that a user or a model wrote
  parse,   ///< it becomes the token: for the literal parts of a chat template
};

/// The vocabulary with the roles that the tokenizers act on. Files are not consistent about them: what begins with an
/// angle or square bracket and begins or ends a text, or is user-defined and stands in the chat template, is a control
/// token here; so is a user-defined token that ends an answer.
inline Vocabulary with_control_roles(Vocabulary vocabulary) {
  for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
    std::string const& spelling = vocabulary.tokens[i];
    TokenRole& role = vocabulary.roles[i];
    if (role != TokenRole::normal && role != TokenRole::user_defined) {
      continue;
    }
    Token const token = static_cast<Token>(i);
    std::vector<Token> const& ends = vocabulary.end_tokens;
    bool const at_an_end =
        token == vocabulary.eos || token == vocabulary.bos || std::find(ends.begin(), ends.end(), token) != ends.end();
    bool const bracketed = spelling.size() > 2 && (spelling.front() == '<' || spelling.front() == '[');
    bool const in_template = bracketed && vocabulary.chat_template.find(spelling) != std::string::npos;
    if ((at_an_end && bracketed) || (role == TokenRole::user_defined && (at_an_end || in_template))) {
      role = TokenRole::control;
    }
  }
  return vocabulary;
}

/// Semantics: control, unknown and unused tokens are found with Specials::parse alone; user-defined tokens in both
/// cases, as llama.cpp and transformers do.
class SpecialTokens {
 public:
  struct Found {
    std::size_t offset = 0;
    std::size_t length = 0;
    Token token = -1;
  };

  /// Requires as many roles as tokens.
  explicit SpecialTokens(Vocabulary const& vocabulary)
      : special_(vocabulary.tokens.size()), control_(vocabulary.tokens.size()) {
    for (std::size_t i = 0; i < vocabulary.tokens.size(); ++i) {
      std::string const& spelling = vocabulary.tokens[i];
      TokenRole const role = vocabulary.roles[i];
      if (role == TokenRole::normal || role == TokenRole::byte) {
        continue;
      }
      special_[i] = true;
      control_[i] = role != TokenRole::user_defined;
      if (!spelling.empty() && ids_.emplace(spelling, static_cast<Token>(i)).second) {
        std::vector<std::size_t>& lengths = lengths_[static_cast<unsigned char>(spelling.front())];
        if (std::find(lengths.begin(), lengths.end(), spelling.size()) == lengths.end()) {
          lengths.push_back(spelling.size());
        }
      }
    }
    for (std::vector<std::size_t>& lengths : lengths_) {
      std::sort(lengths.begin(), lengths.end(), std::greater<>());
    }
  }

  /// The leftmost special token at or after `from`, the longest of those that begin there; nullopt: none.
  std::optional<Found> next(std::string_view text, std::size_t from, Specials specials) const {
    for (std::size_t at = from; at < text.size(); ++at) {
      for (std::size_t const length : lengths_[static_cast<unsigned char>(text[at])]) {
        if (length > text.size() - at) {
          continue;
        }
        auto const found = ids_.find(std::string(text.substr(at, length)));
        if (found != ids_.end() && (specials == Specials::parse || !is_control(found->second))) {
          return Found{at, length, found->second};
        }
      }
    }
    return std::nullopt;
  }

  /// True for all that are neither normal tokens nor bytes. Requires a valid id.
  bool is_special(Token token) const { return special_[static_cast<std::size_t>(token)]; }

  /// True for tokens that are no part of what a person reads. Requires a valid id.
  bool is_control(Token token) const { return control_[static_cast<std::size_t>(token)]; }

 private:
  std::unordered_map<std::string, Token> ids_;
  std::array<std::vector<std::size_t>, 256> lengths_; // first byte -> lengths that occur, longest first
  std::vector<bool> special_;
  std::vector<bool> control_;
};

} // namespace srlm::text
