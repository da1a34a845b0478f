#pragma once
#include "tokenizer.hpp"

class MyPolicy {
 public:
  MyTokenizer const& tokenizer() const { return tokenizer_; }

  /// One response a request, in request order; the request's seed is the only randomness.
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests,
                                     srlm::Sampling const& /*sampling*/) {
    return std::vector<srlm::Tokens>(requests.size()); // yours
  }

  /// One number a sequence: log p(response | prompt) in nats, summed over the response's tokens.
  std::vector<float> log_probs(std::span<srlm::SequenceView const> sequences) {
    return std::vector<float>(sequences.size()); // yours
  }

  /// What backward() needs, and the same numbers, bit for bit.
  struct Tape {
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };
  Tape forward(std::span<srlm::SequenceView const> sequences) { return {log_probs(sequences)}; }

  /// Adds sum_i weight[i] * d log p(y_i | x_i) / d theta to the gradient.
  void backward(Tape, std::span<float const> /*weight*/) {} // yours

  /// Optional: what the steppers of the library update, one block a tensor. Yours if you bring your own stepper.
  struct Block {
    std::span<float> value, gradient;
  };
  std::vector<Block> parameters() { return {{values_, gradients_}}; }

 private:
  MyTokenizer tokenizer_;
  std::vector<float> values_, gradients_;
};
static_assert(srlm::explain_policy<MyPolicy>());
