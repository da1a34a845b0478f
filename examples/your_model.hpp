/// A stranger's language model, for 01_your_model.cpp: the next letter depends on the last one. It knows srlm's
/// vocabulary types and nothing else; no base class, no registration.
#pragma once
#include <srlm/core/sequence.hpp>
#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

namespace mylib {

/// Letters as ids; a line ends an utterance.
struct Letters {
  srlm::Tokens encode_prompt(std::string_view s) const { return ids(s); }
  srlm::Tokens encode_response(std::string_view s) const { return ids(s); }
  std::string decode(std::span<srlm::Token const> t) const { return {t.begin(), t.end()}; }

 private:
  static srlm::Tokens ids(std::string_view s) {
    srlm::Tokens t(s.begin(), s.end());
    t.push_back('\n');
    return t;
  }
};

class Bigram {
 public:
  static constexpr std::size_t letters = 128;
  static constexpr int line = 12; ///< it says that many letters, then stops
  struct Weights {
    std::span<float> value, gradient;
  };
  struct Run {
    std::vector<srlm::SequenceView> batch;
    std::vector<float> sums;
    std::span<float const> log_probs() const { return sums; }
  };

  Letters alphabet;

  std::vector<srlm::Tokens> write(std::span<srlm::GenerationRequest const> requests, srlm::Sampling const& sampling) {
    std::vector<srlm::Tokens> out;
    for (auto const& request : requests) {
      srlm::Tokens y;
      srlm::Token last = request.prompt.back();
      for (int i = 0; i < std::min(line, sampling.max_new_tokens); ++i) {
        y.push_back(last = draw(last, sampling.temperature, request.seed.uniform(static_cast<std::uint64_t>(i))));
      }
      out.push_back(y);
    }
    return out;
  }

  std::vector<float> score(std::span<srlm::SequenceView const> batch) const {
    std::vector<float> sums(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
      double sum = 0;
      each(batch[i], [&](std::size_t x, std::size_t y) { sum += static_cast<double>(w_[x * letters + y]) - total(x); });
      sums[i] = static_cast<float>(sum);
    }
    return sums;
  }

  Run run(std::span<srlm::SequenceView const> batch) const { return {{batch.begin(), batch.end()}, score(batch)}; }

  void learn(Run&& run, std::span<float const> weight) {
    for (std::size_t i = 0; i < run.batch.size(); ++i) {
      each(run.batch[i], [&](std::size_t x, std::size_t y) {
        double const log_total = total(x);
        for (std::size_t v = 0; v < letters; ++v) {
          double const p = std::exp(static_cast<double>(w_[x * letters + v]) - log_total);
          g_[x * letters + v] -= weight[i] * static_cast<float>(p);
        }
        g_[x * letters + y] += weight[i];
      });
    }
  }

  std::vector<Weights> weights() { return {{w_, g_}}; }

 private:
  template <class F>
  static void each(srlm::SequenceView const& z, F&& f) {
    auto last = static_cast<std::size_t>(z.prompt.back());
    for (srlm::Token y : z.response) {
      f(last, static_cast<std::size_t>(y));
      last = static_cast<std::size_t>(y);
    }
  }

  /// log of the sum of exp over the row of letter x.
  double total(std::size_t x) const {
    double sum = 0;
    for (std::size_t v = 0; v < letters; ++v) {
      sum += std::exp(static_cast<double>(w_[x * letters + v]));
    }
    return std::log(sum);
  }

  srlm::Token draw(srlm::Token last, float temperature, double u) const {
    std::size_t const x = static_cast<std::size_t>(last) * letters;
    std::size_t best = 0;
    double sum = 0;
    std::vector<double> p(letters);
    for (std::size_t v = 0; v < letters; ++v) {
      best = w_[x + v] > w_[x + best] ? v : best;
      sum += p[v] = temperature > 0 ? std::exp(static_cast<double>(w_[x + v] / temperature)) : 0;
    }
    if (temperature <= 0) {
      return static_cast<srlm::Token>(best);
    }
    for (std::size_t v = 0; v < letters; ++v) {
      if ((u -= p[v] / sum) < 0) {
        return static_cast<srlm::Token>(v);
      }
    }
    return static_cast<srlm::Token>(letters - 1);
  }

  std::vector<float> w_ = std::vector<float>(letters * letters), g_ = std::vector<float>(letters * letters);
};

} // namespace mylib
