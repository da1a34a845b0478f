/// The head's end: log p of a target under softmax(logits), and its gradient in the logits' place, a block a row.
///   log_sum = log(sum(exp(logits)));  log_prob = logits[target] - log_sum;
///   d_logits = weight (one_hot(target) - exp(logits - log_sum)).
/// The caller brings the logits a chunk of rows at a time, so all of them never exist at once. Bound: bytes, one pass
/// forward; one read and one write backward.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column
#include <srlm/backend/kernels/reduce.cuh>

namespace srlm::kernels {

/// sum * exp(max) is the sum of the exponentials so far.
struct LogSum {
  float max, sum;

  /// log of the whole; NaN where a term was.
  __device__ float value() const { return max + logf(sum); }
};

__device__ inline LogSum shuffle_xor(LogSum value, int mask) {
  return {shuffle_xor(value.max, mask), shuffle_xor(value.sum, mask)};
}

struct MergeLogSums {
  __device__ LogSum operator()(LogSum a, LogSum b) const {
    float const max = Larger{}(a.max, b.max);
    float const shift = max == -INFINITY ? 0.0f : max; // nothing yet on either side
    return {max, a.sum * expf(a.max - shift) + b.sum * expf(b.max - shift)};
  }
};

/// Over a row of n numbers.
template <class Element>
__device__ LogSum log_sum_exp(Element const* x, unsigned n, LogSum* scratch) {
  LogSum mine{-INFINITY, 0.0f};
  for (unsigned i = threadIdx.x; i < n; i += blockDim.x) {
    mine = MergeLogSums{}(mine, {static_cast<float>(x[i]), 1.0f});
  }
  return block_reduce(mine, scratch, MergeLogSums{});
}

/// logits [T, V]; log_sum [T]. Launch: T blocks; scratch_bytes<LogSum>.
template <class Element>
__global__ void __launch_bounds__(512) log_sums(Rows<Element const> logits, unsigned vocabulary, float* log_sum) {
  LogSum const all = log_sum_exp(logits[blockIdx.x], vocabulary, dynamic_shared_memory<LogSum>());
  if (threadIdx.x == 0) {
    log_sum[blockIdx.x] = all.value();
  }
}

/// log_prob [T] from log_sum [T]. A gather, so it stands alone: its addresses come from data. Launch: a thread a row.
template <class Element>
__global__ void target_log_probs(Rows<Element const> logits, std::int32_t const* targets, float const* log_sum,
                                 float* log_prob, unsigned rows) {
  unsigned const r = blockIdx.x * blockDim.x + threadIdx.x;
  if (r < rows) {
    log_prob[r] = static_cast<float>(logits[r][targets[r]]) - log_sum[r];
  }
}

/// logits [T, V] become their gradient; weight [T]. Launch: T x blocks of columns.
template <class Element>
__global__ void log_probs_backward(Rows<Element> logits, std::int32_t const* targets, float const* log_sum,
                                   float const* weight, unsigned vocabulary) {
  unsigned const v = this_column();
  if (v < vocabulary) {
    std::size_t const r = blockIdx.x;
    Element& logit = logits[r][v];
    float const hot = v == static_cast<unsigned>(targets[r]) ? 1.0f : 0.0f;
    logit = static_cast<Element>(weight[r] * (hot - expf(static_cast<float>(logit) - log_sum[r])));
  }
}

} // namespace srlm::kernels
