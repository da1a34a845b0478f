/// How judges ask a model: what fits into its context, its answers, and an answer without its end.
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/preference.hpp>
#include <algorithm> // find_if
#include <utility>   // move
#include <vector>

namespace srlm {

/// The verdict on a question that does not fit.
inline Verdict not_asked() { return {std::nullopt, VerdictCause::prompt_too_long, {}}; }

/// Whether a question of so many tokens leaves room for an answer of so many. A model that does not know its context
/// has room for all.
template <class G>
bool leaves_room(G const& model, std::size_t question, std::size_t answer) {
  if constexpr (ContextAware<G>) {
    std::size_t const context = model.context_length();
    return question <= context && answer <= context - question;
  } else {
    return true;
  }
}

/// The answers, one a request. Nothing is asked for no requests.
template <Generator G>
std::vector<Tokens> ask(G& model, std::span<GenerationRequest const> requests, Sampling const& sampling) {
  std::vector<Tokens> written = requests.empty() ? std::vector<Tokens>{} : model.generate(requests, sampling);
  require(written.size() == requests.size(), "judge", "another number of answers from generate()",
          "one a request, in order");
  return written;
}

/// Without the end of the turn and what follows it.
template <EndAwareTokenizer T>
Tokens without_end(T const& tokenizer, Tokens tokens) {
  tokens.erase(std::find_if(tokens.begin(), tokens.end(), [&](Token t) { return tokenizer.is_end(t); }), tokens.end());
  return tokens;
}

} // namespace srlm
