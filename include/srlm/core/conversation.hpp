/// What is asked and what is answered: x and y of the paper.
#pragma once
#include <srlm/core/shared_tokens.hpp>
#include <string>

namespace srlm {

/// x: an instruction as text, and the ids that the model reads (chat template applied).
struct Prompt {
  std::string text;
  SharedTokens tokens;
};

/// y: an answer as text, and the ids that the model wrote, end-of-turn included when it ended.
struct Response {
  std::string text;
  SharedTokens tokens;
  bool finished = true; ///< false: cut off by the length limit. Such an answer may be rejected, never chosen.
};

} // namespace srlm
