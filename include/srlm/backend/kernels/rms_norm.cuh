/// RMSNorm (Zhang and Sennrich 2019), a block a row. With s = 1 / sqrt(mean(x^2) + epsilon):
///   out = s x gain;   g = d_out gain:   d_x += s g - s^3 x <g, x> / C;   d_gain += sum over rows of s x d_out.
/// d_gain is a sum over rows: column_sums.cuh. Bound: bytes, forward 2 and backward 4 numbers an element; a row is read
/// again from the first-level cache.
#pragma once
#include <srlm/backend/kernels/reduce.cuh>

namespace srlm::kernels {

/// s of row x, C numbers.
template <class Element>
__device__ float inverse_rms(Element const* x, unsigned cols, float epsilon, float* scratch) {
  float squares = 0;
  for (unsigned c = threadIdx.x; c < cols; c += blockDim.x) {
    float const value = static_cast<float>(x[c]);
    squares += value * value;
  }
  return 1.0f / sqrtf(block_reduce(squares, scratch, Plus{}) / static_cast<float>(cols) + epsilon);
}

/// x, out [T, C]; gain [C]. Launch: T blocks; scratch_bytes<float>.
template <class Element>
__global__ void __launch_bounds__(256)
    rms_norm(Rows<Element const> x, float const* gain, float epsilon, Rows<Element> out, unsigned cols) {
  Element const* const row = x[blockIdx.x];
  Element* const to = out[blockIdx.x];
  float const scale = inverse_rms(row, cols, epsilon, dynamic_shared_memory<float>());
  for (unsigned c = threadIdx.x; c < cols; c += blockDim.x) {
    to[c] = static_cast<Element>(static_cast<float>(row[c]) * scale * gain[c]);
  }
}

/// d_x [T, C] is added to; scales [T] becomes s of each row, for d_gain. Launch as rms_norm.
template <class Element>
__global__ void __launch_bounds__(256)
    rms_norm_backward(Rows<Element const> x, float const* gain, float epsilon, Rows<Element const> d_out,
                      Rows<Element> d_x, float* scales, unsigned cols) {
  Element const *const row = x[blockIdx.x], *const d = d_out[blockIdx.x];
  Element* const to = d_x[blockIdx.x];
  float* const scratch = dynamic_shared_memory<float>();
  float const scale = inverse_rms(row, cols, epsilon, scratch);
  float dot = 0;
  for (unsigned c = threadIdx.x; c < cols; c += blockDim.x) {
    dot += static_cast<float>(d[c]) * gain[c] * static_cast<float>(row[c]);
  }
  float const along = block_reduce(dot, scratch, Plus{}) / static_cast<float>(cols) * scale * scale * scale;
  for (unsigned c = threadIdx.x; c < cols; c += blockDim.x) {
    float const gradient = scale * static_cast<float>(d[c]) * gain[c] - along * static_cast<float>(row[c]);
    to[c] = static_cast<Element>(static_cast<float>(to[c]) + gradient);
  }
  if (threadIdx.x == 0) {
    scales[blockIdx.x] = scale;
  }
}

} // namespace srlm::kernels
