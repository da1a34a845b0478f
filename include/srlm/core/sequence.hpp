/// What a model is asked to do: to write after a prompt, or to say how likely an answer is.
#pragma once
#include <srlm/core/seed.hpp>
#include <srlm/core/token.hpp>
#include <span>

namespace srlm {

/// y | x as ids. Only the response is scored; its first token is predicted by the prompt's last position.
struct SequenceView {
  std::span<Token const> prompt, response;
};

/// One answer to write. The seed is the only randomness in it.
struct GenerationRequest {
  std::span<Token const> prompt;
  Seed seed;
};

/// How to sample. Defaults: the paper's T = 0.7 and p = 0.9 for candidates and verdicts (section 3.1.3).
struct Sampling {
  float temperature = 0.7f; ///< 0: greedy
  float top_p = 0.9f;       ///< in (0, 1]; 1: the whole distribution
  int max_new_tokens = 512;
};

} // namespace srlm
