/// Your model goes here: keep the members, fill in your own bodies. This one draws each letter of an answer, whatever
/// was asked, from one distribution over a ... z.
#pragma once
#include <srlm/core.hpp>
#include <cmath>
#include <string>
#include <vector>

class MyModel {
 public:
  struct Letters { // the tokenizer: a character is a token
    srlm::Tokens encode_prompt(std::string_view s) const { return {s.begin(), s.end()}; }
    srlm::Tokens encode_response(std::string_view s) const { return {s.begin(), s.end()}; }
    std::string decode(std::span<srlm::Token const> t) const { return {t.begin(), t.end()}; }
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

  /// An answer depends on the weights, the prompt and the request's seed.
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests, srlm::Sampling const&) const {
    std::vector<srlm::Tokens> answers(requests.size(), srlm::Tokens(8));
    for (std::size_t i = 0; i < requests.size(); ++i) {
      for (std::size_t t = 0; t < 8; ++t) {
        double u = requests[i].seed.uniform(t);
        std::size_t letter = 0;
        while (letter + 1 < 26 && (u -= std::exp(log_p(letter))) > 0) {
          ++letter;
        }
        answers[i][t] = static_cast<srlm::Token>('a' + letter);
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
        sum += log_p(static_cast<std::size_t>(token - 'a'));
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
        for (std::size_t v = 0; v < 26; ++v) {
          bool const drawn = v == static_cast<std::size_t>(token - 'a');
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
  std::vector<float> logits_ = std::vector<float>(26), gradient_ = std::vector<float>(26);
};
static_assert(srlm::explain_policy<MyModel>()); // one sentence for each piece that is missing
