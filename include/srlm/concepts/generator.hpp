/// Generator: a model that can answer. Stronger sibling: Policy.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/core/sequence.hpp>
#include <cstddef>
#include <utility> // as_const

namespace srlm {

/// Samples y ~ p(. | x), one response per request, in request order.
/// Semantics: a pure function of (parameters, request, sampling); the request's seed is the only randomness, so an
/// answer does not depend on the other requests. Equal prompts may be computed once.
template <class G>
concept Generator = requires(G& g, std::span<GenerationRequest const> x, Sampling const& sampling) {
  { g.generate(x, sampling) } -> std::same_as<std::vector<Tokens>>;
  { std::as_const(g).tokenizer() } -> Tokenizer;
};

/// Optional: knows how many tokens a prompt and its answer may have together. Lets a judge refuse a question that does
/// not fit, and a loop refuse a prompt, before work is lost.
template <class G>
concept ContextAware = requires(G const& g) {
  { g.context_length() } -> std::convertible_to<std::size_t>;
};

} // namespace srlm
