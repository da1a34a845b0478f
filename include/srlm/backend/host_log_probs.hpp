/// The head's end on the host: log softmax at a target and its gradient. Exponentials are summed in vectors and the
/// vectors in double.
#pragma once
#include <srlm/backend/host_rows.hpp> // row_of
#include <cmath>                      // log

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

} // namespace srlm::host
