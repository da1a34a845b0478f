/// One token from a row of logits on the host: temperature, nucleus (Holtzman et al. 2020) and a draw, without sorting
/// the row.
#pragma once
#include <srlm/backend/host_log_probs.hpp> // log_sum_exp
#include <srlm/core/seed.hpp>
#include <srlm/core/sequence.hpp> // Sampling
#include <algorithm>              // find, min, sort
#include <array>
#include <bit>
#include <cmath>   // isfinite, nextafter, HUGE_VAL
#include <utility> // exchange
#include <vector>

namespace srlm::host {

/// The tokens of a row from the most likely on, the smaller id first among equals: where they reach a mass. Only those
/// that it takes are looked at twice, and only those as likely as the last one are sorted.
class LikelyFirst {
 public:
  /// probability [V], in [0, 1]; `most`: the largest mass that will be asked for.
  LikelyFirst(std::span<float const> probability, double most) {
    float threshold = 0.5f;
    do { // falls until the tokens above it hold enough
      threshold = threshold > 1e-30f ? threshold * 0.2f : 0.0f;
      take(probability, threshold);
    } while (mass_ < most && threshold > 0.0f);
    for (Likely const& likely : tokens_) {
      masses_[class_of(likely)] += static_cast<double>(likely.probability);
    }
  }

  struct Edge {
    Token token;
    double mass; ///< of this token and of all before it
  };

  /// The token at which they reach `mass`; the last one where they do not.
  Edge edge(double mass) const {
    std::size_t reached_in = 0;
    double before = 0, sum = 0;
    for (std::size_t c = classes; c-- > 0 && (sum == 0.0 || sum < mass);) {
      if (masses_[c] > 0.0) {
        reached_in = c;
        before = std::exchange(sum, sum + masses_[c]);
      }
    }
    std::vector<Likely> alike;
    for (Likely const& likely : tokens_) {
      if (class_of(likely) == reached_in) {
        alike.push_back(likely);
      }
    }
    std::sort(alike.begin(), alike.end(), [](Likely const& a, Likely const& b) {
      return a.probability != b.probability ? a.probability > b.probability : a.token < b.token;
    });
    Edge edge{alike.front().token, before + static_cast<double>(alike.front().probability)};
    for (std::size_t i = 1; i < alike.size() && edge.mass < mass; ++i) {
      edge = {alike[i].token, edge.mass + static_cast<double>(alike[i].probability)};
    }
    return edge;
  }

 private:
  struct Likely {
    float probability;
    Token token;
  };

  /// Tokens of one class differ by at most an eighth: the bits of a number >= 0 are ordered as the numbers are.
  static constexpr std::size_t classes = (std::bit_cast<std::uint32_t>(1.0f) >> 20) + 1;
  static std::size_t class_of(Likely const& likely) {
    return std::min<std::size_t>(std::bit_cast<std::uint32_t>(likely.probability) >> 20, classes - 1);
  }

  void take(std::span<float const> probability, float threshold) {
    tokens_.clear();
    mass_ = 0;
    for (std::size_t i = 0; i < probability.size(); ++i) {
      if (probability[i] >= threshold) {
        tokens_.push_back({probability[i], static_cast<Token>(i)});
        mass_ += static_cast<double>(probability[i]);
      }
    }
  }

  std::vector<Likely> tokens_;
  double mass_ = 0;
  std::array<double, classes> masses_{};
};

/// One token from softmax(logits / temperature) restricted to its nucleus: the most likely tokens whose probabilities
/// reach top_p; ties go by id. The token is the one at which the nucleus, most likely first, passes the share u in
/// [0, 1) of its mass. temperature 0: the most likely token. Returns -1 where the logits are not numbers.
/// probability: room for as many numbers as there are logits.
inline Token sample_row(VectorFunctions const& vector, std::span<float const> logits, Sampling const& sampling,
                        double u, std::span<float> probability) {
  auto const [top, log_sum] = log_sum_exp(vector, logits.data(), logits.size());
  if (!std::isfinite(log_sum)) {
    return -1;
  }
  float const inverse = 1.0f / sampling.temperature;
  if (sampling.temperature <= 0.0f || !std::isfinite(inverse)) {
    return static_cast<Token>(std::find(logits.begin(), logits.end(), top) - logits.begin());
  }
  double const sum = vector.exponentials(logits.data(), top, inverse, 1.0f, probability.data(), logits.size());
  auto const passed = [u](double mass) { return std::min(std::nextafter(u * mass, HUGE_VAL), mass); };
  bool const whole = sampling.top_p >= 1.0f;
  double const wanted = whole ? passed(sum) : static_cast<double>(sampling.top_p) * sum;
  LikelyFirst const nucleus(probability, wanted);
  return nucleus.edge(whole ? wanted : passed(nucleus.edge(wanted).mass)).token;
}

} // namespace srlm::host
