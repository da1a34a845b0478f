/// Whether an answer came to its end, or the length limit cut it off. An answer that was cut off may be rejected, never
/// chosen; the last task of a list that was cut off, and a verdict without its score, are no good either.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/sequence.hpp> // Sampling
#include <cstddef>

namespace srlm {

/// With a tokenizer that knows end tokens: the last token is one. Without: fewer tokens than the limit were written.
template <Tokenizer T>
bool is_finished(T const& tokenizer, std::span<Token const> tokens, Sampling const& sampling) {
  if constexpr (EndAwareTokenizer<T>) {
    return !tokens.empty() && tokenizer.is_end(tokens.back());
  } else {
    return sampling.max_new_tokens > 0 && tokens.size() < static_cast<std::size_t>(sampling.max_new_tokens);
  }
}

} // namespace srlm
