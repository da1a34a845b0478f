/// Reductions over a warp and over a block. Every thread gets the result; the order of the sums depends on the number
/// of threads alone.
#pragma once
#include <srlm/backend/kernels/device.cuh>

namespace srlm::kernels {

template <class T>
__device__ T shuffle_xor(T value, int mask) {
  return __shfl_xor_sync(every_lane, value, mask);
}

struct Plus {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a + b;
  }
};

struct Larger {
  __device__ float operator()(float a, float b) const { return a < b ? b : a; }
};

/// Over the `lanes` neighbours that begin at a multiple of `lanes`, a power of two.
template <class T, class Combine>
__device__ T warp_reduce(T value, Combine combine, int lanes = static_cast<int>(warp_threads)) {
  for (int mask = lanes / 2; mask > 0; mask /= 2) {
    value = combine(value, shuffle_xor(value, mask));
  }
  return value;
}

/// Over the block, of one dimension and whole warps. scratch: shared, one T a warp; it may be used again at once.
template <class T, class Combine>
__device__ T block_reduce(T value, T* scratch, Combine combine) {
  value = warp_reduce(value, combine);
  if (blockDim.x == warp_threads) {
    return value;
  }
  __syncthreads(); // whoever still reads the scratch of an earlier reduction
  if (threadIdx.x % warp_threads == 0) {
    scratch[threadIdx.x / warp_threads] = value;
  }
  __syncthreads(); // every warp's part is there
  T all = scratch[0];
  for (unsigned warp = 1; warp < blockDim.x / warp_threads; ++warp) {
    all = combine(all, scratch[warp]);
  }
  return all;
}

/// Bytes of scratch that block_reduce<T> needs.
template <class T>
constexpr std::size_t scratch_bytes(unsigned threads) {
  return threads / warp_threads * sizeof(T);
}

} // namespace srlm::kernels
