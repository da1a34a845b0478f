#pragma once
#include <srlm/concepts/explain.hpp>

class MyTokenizer { // letters; yours has a vocabulary and a chat template
 public:
  /// One user turn, chat template and beginning-of-text included, up to the point where the model answers.
  srlm::Tokens encode_prompt(std::string_view text) const { return letters_and_end(text); }

  /// What the model would have written to say this, the end-of-turn token included.
  srlm::Tokens encode_response(std::string_view text) const { return letters_and_end(text); }

  /// The text that a person reads; control tokens are left out.
  std::string decode(std::span<srlm::Token const> tokens) const {
    std::string text(tokens.begin(), tokens.end());
    std::erase(text, '\n');
    return text;
  }

  /// Optional: whether this token ends an answer.
  bool is_end(srlm::Token token) const { return token == '\n'; }

 private:
  static srlm::Tokens letters_and_end(std::string_view text) {
    srlm::Tokens tokens(text.begin(), text.end());
    tokens.push_back('\n');
    return tokens;
  }
};
static_assert(srlm::explain_tokenizer<MyTokenizer>()); // one plain sentence for each missing piece
