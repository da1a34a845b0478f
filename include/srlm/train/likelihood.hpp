/// The gradient of the token-mean likelihood of some rows: what supervised fine-tuning and replay share. One scalar a
/// sequence is enough: the loss is -sum_i log p(y_i | x_i) / (response tokens), so every weight is the same number.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/error.hpp>
#include <srlm/data/supervised_example.hpp>
#include <algorithm> // min
#include <cmath>
#include <span>
#include <vector>

namespace srlm {

struct Likelihood {
  double loss = 0;        ///< nats a response token
  std::size_t tokens = 0; ///< response tokens
};

/// Adds weight * d loss / d theta to the model's gradient, `micro_batch` rows at a time.
/// Throws: Error where all responses are empty or the loss is not finite.
template <DifferentiableLogProbModel M>
Likelihood learn_likelihood(M& model, std::span<SupervisedExample const> examples, std::span<std::size_t const> rows,
                            std::size_t micro_batch, double weight = 1) {
  Likelihood result;
  for (std::size_t i : rows) {
    result.tokens += examples[i].response.tokens.size();
  }
  require(result.tokens > 0, "supervised training", "a batch whose responses are all empty", "response tokens");
  double const tokens = static_cast<double>(result.tokens);
  for (std::size_t first = 0; first < rows.size(); first += micro_batch) {
    std::vector<SequenceView> views;
    for (std::size_t k = first; k < std::min(first + micro_batch, rows.size()); ++k) {
      SupervisedExample const& example = examples[rows[k]];
      views.push_back({example.prompt.tokens, example.response.tokens});
    }
    auto tape = model.forward(views);
    for (float log_prob : std::span<float const>(tape.log_probs())) {
      result.loss -= static_cast<double>(log_prob) / tokens;
    }
    require(std::isfinite(result.loss), "supervised training", "a loss that is not finite",
            "finite weights and log-probabilities");
    model.backward(std::move(tape), std::vector<float>(views.size(), static_cast<float>(-weight / tokens)));
  }
  return result;
}

/// The same loss without a gradient: held-out rows, say.
template <LogProbModel M>
double likelihood_loss(M& model, std::span<SupervisedExample const> examples) {
  std::vector<SequenceView> views;
  double tokens = 0, sum = 0;
  for (SupervisedExample const& example : examples) {
    views.push_back({example.prompt.tokens, example.response.tokens});
    tokens += static_cast<double>(example.response.tokens.size());
  }
  require(tokens > 0, "likelihood", "no response tokens", "at least one");
  for (float log_prob : model.log_probs(views)) {
    sum -= static_cast<double>(log_prob);
  }
  return sum / tokens;
}

} // namespace srlm
