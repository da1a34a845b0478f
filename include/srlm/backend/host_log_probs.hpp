/// The head's end on the host: log softmax at a target, its gradient, and sampling. All three read the same logits; the
/// exponentials are summed in vectors and the vectors in double.
#pragma once
#include <srlm/backend/host_rows.hpp> // row_of
#include <srlm/core/seed.hpp>
#include <srlm/core/sequence.hpp> // Sampling
#include <algorithm>              // find, make_heap, pop_heap
#include <cmath>                  // log, isfinite
#include <limits>
#include <vector>

namespace srlm::host {

/// The largest of n > 0 floats, and log(sum(exp(x))).
struct LogSumExp {
  float top, value;
};

inline LogSumExp log_sum_exp(VectorFunctions const& vector, float const* x, std::size_t n) {
  float const top = vector.largest(x, n);
  double const sum = vector.sum_of_exponentials(x, top, n);
  return {top, static_cast<float>(static_cast<double>(top) + std::log(sum))};
}

/// log_sum[i] and log_prob[i] = logits[i][target[i]] - log_sum[i]. logits [T, V].
template <class B>
void log_probs(int threads, VectorFunctions const& vector, MatrixView<B> logits, std::span<std::int32_t const> targets,
               std::span<float> log_sum, std::span<float> log_prob) {
  parallel_for(threads, logits.rows, exponential_work * logits.rows * logits.cols, [&](std::size_t r) {
    float const* const row = row_of(logits, r);
    log_sum[r] = log_sum_exp(vector, row, logits.cols).value;
    log_prob[r] = row[targets[r]] - log_sum[r];
  });
}

/// In place: logits[i] becomes weight[i] * d log p(target[i]) / d logits[i] = weight[i] * (one_hot - softmax).
template <class B>
void log_probs_backward(int threads, VectorFunctions const& vector, MatrixView<B> logits,
                        std::span<std::int32_t const> targets, std::span<float const> log_sum,
                        std::span<float const> weight) {
  parallel_for(threads, logits.rows, exponential_work * logits.rows * logits.cols, [&](std::size_t r) {
    float* const row = row_of(logits, r);
    (void)vector.exponentials(row, log_sum[r], 1.0f, -weight[r], row, logits.cols);
    row[targets[r]] += weight[r];
  });
}

/// One token from softmax(logits / temperature) restricted to its nucleus: the most likely tokens whose probabilities
/// reach top_p (Holtzman et al. 2020); ties go by id. temperature 0: the most likely token. u uniform in [0, 1).
/// Returns -1 where the logits are not numbers.
inline Token sample_row(VectorFunctions const& vector, float const* logits, std::size_t n, Sampling const& sampling,
                        double u) {
  auto const [top, log_sum] = log_sum_exp(vector, logits, n);
  if (!std::isfinite(log_sum)) {
    return -1;
  }
  float const inverse = 1.0f / sampling.temperature;
  if (sampling.temperature <= 0.0f || !std::isfinite(inverse)) {
    return static_cast<Token>(std::find(logits, logits + n, top) - logits);
  }
  std::vector<float> probability(n);
  double const sum = vector.exponentials(logits, top, inverse, 1.0f, probability.data(), n),
               wanted = std::min(1.0, static_cast<double>(sampling.top_p)) * sum;
  // the nucleus is found among the likely tokens first; the threshold falls until they hold enough
  struct Likely {
    float probability;
    Token token;
  };
  std::vector<Likely> nucleus;
  double mass = 0;
  for (float threshold = 1e-1f;; threshold *= 0.2f) {
    nucleus.clear();
    mass = 0;
    bool const all = threshold < 1e-30f;
    for (std::size_t i = 0; i < n; ++i) {
      if (probability[i] >= threshold || all) {
        nucleus.push_back({probability[i], static_cast<Token>(i)});
        mass += static_cast<double>(probability[i]);
      }
    }
    if (mass >= wanted || all) {
      break;
    }
  }
  auto const less_likely = [](Likely const& a, Likely const& b) {
    return a.probability != b.probability ? a.probability < b.probability : a.token > b.token;
  };
  std::make_heap(nucleus.begin(), nucleus.end(), less_likely); // most likely first, no further than needed
  double reached = 0;
  auto end = nucleus.end();
  while (end != nucleus.begin() && (end == nucleus.end() || reached < wanted)) {
    std::pop_heap(nucleus.begin(), end, less_likely);
    reached += static_cast<double>((--end)->probability);
  }
  double left = u * reached;
  for (auto likely = nucleus.end(); likely != end;) {
    left -= static_cast<double>((--likely)->probability);
    if (left < 0) {
      return likely->token;
    }
  }
  return end->token;
}

} // namespace srlm::host
