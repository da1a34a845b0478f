/// Tokenizer: how text becomes ids and back. The weakest contract that the loop needs; chat templates live inside it.
#pragma once
#include <srlm/core/token.hpp>
#include <concepts>
#include <span>
#include <string>
#include <string_view>

namespace srlm {

/// Semantics:
/// 1. encode_prompt(text) is one user turn up to the point where the model answers (template and BOS included);
/// 2. encode_response(text) is what the model would have written, end-of-turn included;
/// 3. encode_prompt(x) followed by encode_response(y) is the training row of (x, y): nothing merges across the border;
/// 4. decode(tokens) is the text that a person reads; control tokens are left out.
template <class T>
concept Tokenizer = requires(T const& t, std::string_view text, std::span<Token const> tokens) {
  { t.encode_prompt(text) } -> std::same_as<Tokens>;
  { t.encode_response(text) } -> std::same_as<Tokens>;
  { t.decode(tokens) } -> std::same_as<std::string>;
};

/// Optional: knows which token ends an answer. Without it an answer counts as finished when it is shorter than the
/// limit.
template <class T>
concept EndAwareTokenizer = Tokenizer<T> && requires(T const& t, Token token) {
  { t.is_end(token) } -> std::same_as<bool>;
};

} // namespace srlm
