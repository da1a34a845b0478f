/// Sums over rows, the gradients of biases and of the norm's gain, in two steps without atomics: blocks sum parts of
/// the rows, then one thread a column adds the parts in order. So the bits do not depend on timing. Bound: bytes, one
/// pass over the terms.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column

namespace srlm::kernels {

/// The terms of a bias's gradient: d_out itself.
template <class Element>
struct BiasTerm {
  Rows<Element const> d_out;

  __device__ float operator()(std::size_t r, unsigned c) const { return static_cast<float>(d_out[r][c]); }
};

/// The terms of the gain's gradient: s x d_out; scales [T] as rms_norm_backward left them.
template <class Element>
struct GainTerm {
  Rows<Element const> x, d_out;
  float const* scales;

  __device__ float operator()(std::size_t r, unsigned c) const {
    return static_cast<float>(d_out[r][c]) * static_cast<float>(x[r][c]) * scales[r];
  }
};

/// parts [gridDim.x, cols]: block p sums rows p, p + gridDim.x, ... Launch: parts x blocks of columns.
template <class Term>
__global__ void __launch_bounds__(256) sum_of_parts(Term term, std::size_t rows, unsigned cols, float* parts) {
  unsigned const c = this_column();
  if (c < cols) {
    float sum = 0;
    for (std::size_t r = blockIdx.x; r < rows; r += gridDim.x) {
      sum += term(r, c);
    }
    parts[static_cast<std::size_t>(blockIdx.x) * cols + c] = sum;
  }
}

/// x [cols] += the parts, first to last. Launch: 1 x blocks of columns.
template <class Sum>
__global__ void add_parts(float const* parts, unsigned count, unsigned cols, Sum* x) {
  unsigned const c = this_column();
  if (c < cols) {
    float sum = 0;
    for (unsigned p = 0; p < count; ++p) {
      sum += parts[static_cast<std::size_t>(p) * cols + c];
    }
    x[c] = static_cast<Sum>(static_cast<float>(x[c]) + sum);
  }
}

} // namespace srlm::kernels
