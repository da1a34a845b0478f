#pragma once
#include <srlm/concepts/explain.hpp>

class MyModel {
 public:
  /// One number a sequence: log p(response | prompt) in nats, summed over the response's tokens. Dropout is off.
  std::vector<float> log_probs(std::span<srlm::SequenceView const> sequences) {
    return std::vector<float>(sequences.size()); // yours
  }

  /// Only for a model that learns: what backward() needs, and the same numbers.
  struct Tape {
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };

  /// The numbers of log_probs(), bit for bit, and what backward() needs.
  Tape forward(std::span<srlm::SequenceView const> sequences) { return {log_probs(sequences)}; }

  /// Adds sum_i weight[i] * d log p(y_i | x_i) / d theta to the gradient.
  void backward(Tape, std::span<float const> /*weight*/) {} // yours
};
static_assert(srlm::explain_differentiable_log_prob_model<MyModel>()); // explain_log_prob_model: log_probs() alone
