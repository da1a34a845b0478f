/// PromptSource: where new instructions come from (section 2.2, self-instruction creation).
#pragma once
#include <srlm/concepts/generator.hpp>
#include <srlm/core/conversation.hpp>

namespace srlm {

/// Gives up to n new prompts. It receives the current policy: a source may let the model itself write them.
/// Semantics: a pure function of (policy, n, seed) and of what it was told before.
template <class S, class P>
concept PromptSource = requires(S& s, P& policy, std::size_t n, Seed seed) {
  { s.next(policy, n, seed) } -> std::same_as<std::vector<Prompt>>;
};

} // namespace srlm
