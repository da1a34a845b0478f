/// What an optimizer's step needs: the squared norm of a gradient, and AdamW over many tensors in one launch.
#pragma once
#include <srlm/backend/adamw_element.hpp>
#include <srlm/backend/kernels/reduce.cuh>

namespace srlm::kernels {

/// parts [gridDim.x]: sums of x^2 over this block's elements, in double beyond a thread's own. The host adds the parts
/// in order. Bound: bytes. Launch: scratch_bytes<double>.
template <class Element>
__global__ void __launch_bounds__(256) squares(Element const* x, std::size_t n, double* parts) {
  float mine = 0;
  std::size_t const step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += step) {
    float const value = static_cast<float>(x[i]);
    mine += value * value;
  }
  double const sum = block_reduce(static_cast<double>(mine), dynamic_shared_memory<double>(), Plus{});
  if (threadIdx.x == 0) {
    parts[blockIdx.x] = sum;
  }
}

/// Tensors that one launch steps; each is [count].
template <class Gradient>
struct AdamWTensor {
  float *value, *first, *second;
  Gradient const* gradient;
  std::size_t count;
};

/// As many as a kernel's parameters hold.
template <class Gradient>
struct AdamWTensors {
  static constexpr std::size_t most = 64;
  AdamWTensor<Gradient> tensors[most];
};

/// Bound: bytes, 7 numbers a parameter. Launch: blocks x tensors.
template <class Gradient>
__global__ void __launch_bounds__(256) adamw(AdamWTensors<Gradient> const all, AdamWFactors const factors) {
  AdamWTensor<Gradient> const& t = all.tensors[blockIdx.y];
  std::size_t const step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = static_cast<std::size_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < t.count; i += step) {
    adamw_element(factors, t.value[i], static_cast<float>(t.gradient[i]), t.first[i], t.second[i]);
  }
}

} // namespace srlm::kernels
