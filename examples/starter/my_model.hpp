/// Your model goes here: keep the members, fill in your own bodies. This one draws each letter of an answer, whatever
/// was asked, from one distribution.
#pragma once
#include <srlm/core.hpp>
#include <cmath>
#include <string>
#include <vector>

class MyModel {
 public:
  static constexpr std::size_t vocabulary = 27; ///< a space and a ... z
  struct Letters {                              // the tokenizer: a letter is a token, all that is none is a space
    srlm::Tokens encode_prompt(std::string_view text) const {
      srlm::Tokens tokens;
      for (char c : text) {
        tokens.push_back(c >= 'a' && c <= 'z' ? c - 'a' + 1 : 0);
      }
      return tokens;
    }
    srlm::Tokens encode_response(std::string_view text) const { return encode_prompt(text); }
    std::string decode(std::span<srlm::Token const> tokens) const {
      std::string text;
      for (srlm::Token token : tokens) {
        text += token == 0 ? ' ' : static_cast<char>('a' + token - 1);
      }
      return text;
    }
  };
  struct Forward { // what backward needs to know of forward
    std::vector<srlm::SequenceView> batch;
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };
  struct Weights {
    std::span<float> value, gradient;
  };

  Letters const& tokenizer() const { return letters_; }

  /// Eight letters at temperature 1. An answer depends on the weights, the prompt and the seed of its request alone.
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests, srlm::Sampling const&) const {
    std::vector<srlm::Tokens> answers(requests.size(), srlm::Tokens(8));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      for (std::size_t t = 0; t < 8; ++t) {
        double u = requests[i].seed.uniform(t);
        std::size_t letter = 0;
        while (letter + 1 < vocabulary && (u -= std::exp(log_p(letter))) > 0) {
          ++letter;
        }
        answers[i][t] = static_cast<srlm::Token>(letter);
      }
    }
    return answers;
  }

  /// log p(response | prompt) of each sequence, in nats.
  std::vector<float> log_probs(std::span<srlm::SequenceView const> batch) const {
    std::vector<float> sums;
    for (srlm::SequenceView const& y : batch) {
      double sum = 0;
      for (srlm::Token token : y.response) {
        sum += log_p(static_cast<std::size_t>(token));
      }
      sums.push_back(static_cast<float>(sum));
    }
    return sums;
  }

  Forward forward(std::span<srlm::SequenceView const> batch) const {
    return {{batch.begin(), batch.end()}, log_probs(batch)};
  }

  /// Adds weight[i] times the gradient of log p of sequence i.
  void backward(Forward run, std::span<float const> weight) {
    for (std::size_t i = 0; i < run.batch.size(); ++i) {
      for (srlm::Token token : run.batch[i].response) {
        for (std::size_t v = 0; v < vocabulary; ++v) {
          bool const drawn = v == static_cast<std::size_t>(token);
          gradient_[v] += weight[i] * static_cast<float>((drawn ? 1 : 0) - std::exp(log_p(v)));
        }
      }
    }
  }

  std::vector<Weights> parameters() { return {{logits_, gradient_}}; }

 private:
  double log_p(std::size_t letter) const {
    double total = 0;
    for (float logit : logits_) {
      total += std::exp(static_cast<double>(logit));
    }
    return static_cast<double>(logits_[letter]) - std::log(total);
  }

  Letters letters_;
  std::vector<float> logits_ = std::vector<float>(vocabulary), gradient_ = std::vector<float>(vocabulary);
};
static_assert(srlm::explain_policy<MyModel>()); // one sentence for each piece that is missing
