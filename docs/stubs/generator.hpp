#pragma once
#include "tokenizer.hpp"

class MyGenerator {
 public:
  /// By reference or by value.
  MyTokenizer const& tokenizer() const { return tokenizer_; }

  /// One response a request, in request order, of 1 to sampling.max_new_tokens tokens, the end-of-turn token included
  /// where the answer came to its end. All randomness comes from request.seed: seed.uniform(i) is the i-th number in
  /// [0, 1) of its stream.
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests,
                                     srlm::Sampling const& /*sampling*/) {
    return std::vector<srlm::Tokens>(requests.size()); // yours
  }

  /// Optional: how many tokens a prompt and its answer may have together.
  std::size_t context_length() const { return 2048; }

 private:
  MyTokenizer tokenizer_;
};
static_assert(srlm::explain_generator<MyGenerator>());
