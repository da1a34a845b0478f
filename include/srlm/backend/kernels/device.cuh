/// What every kernel stands on: threads, barriers, shuffles and dynamic shared memory. nvcc brings them; on a machine
/// without a GPU the tests bring them for an ordinary compiler (tests/cuda/executor.hpp, included first), so the source
/// of a kernel is the same in both.
///
/// Rules that all kernels keep: shared memory is dynamic, its size told by the launch; barriers and shuffles stand
/// where every thread of the block comes by; no atomics, so a result has one order of sums and the same bits each time.
#pragma once
#include <cmath>
#include <cstddef>
#include <cstdint>

#if !defined(__CUDACC__) && !defined(SRLM_CUDA_ON_HOST)
#error "kernels need nvcc, or tests/cuda/executor.hpp before them"
#endif

namespace srlm::kernels {

inline constexpr unsigned warp_threads = 32, every_lane = 0xffffffffu;

#if defined(__CUDACC__)
/// The block's shared memory, as many bytes as the launch asked for, aligned to 16.
template <class T>
__device__ T* dynamic_shared_memory() {
  extern __shared__ __align__(16) unsigned char srlm_shared_bytes[];
  return reinterpret_cast<T*>(srlm_shared_bytes);
}
#endif

/// Rows of a matrix in device memory: element (r, c) is rows[r][c].
template <class Element>
struct Rows {
  Element* data;
  std::size_t stride;

  __device__ Element* operator[](std::size_t r) const { return data + r * stride; }
};

} // namespace srlm::kernels
