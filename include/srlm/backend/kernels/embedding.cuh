/// Rows by id, and the gradient of such a choice. The gradient is deterministic without atomics and without a sort: the
/// block of the first row with an id adds up all rows with it, in order; the other blocks leave. Bound: bytes, and T^2
/// / 32 looks at the ids, which stay in the first-level cache.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column

namespace srlm::kernels {

/// out[i] = table[ids[i]]. Launch: T x blocks of columns.
template <class Element>
__global__ void gather_rows(Rows<Element const> table, std::int32_t const* ids, Rows<Element> out, unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    out[blockIdx.x][c] = table[static_cast<std::size_t>(ids[blockIdx.x])][c];
  }
}

/// table[ids[i]] += rows[i]; ids may repeat. rows [T, C] with T = count. Launch: T x blocks of columns, whole warps.
template <class Element, class Sum>
__global__ void scatter_add_rows(Rows<Element const> rows, std::int32_t const* ids, unsigned count, Rows<Sum> table,
                                 unsigned cols) {
  std::int32_t const id = ids[blockIdx.x];
  bool earlier = false;
  for (unsigned i = threadIdx.x; i < blockIdx.x; i += blockDim.x) {
    earlier = earlier || ids[i] == id;
  }
  if (__syncthreads_or(earlier)) {
    return; // the block of that row adds this one
  }
  unsigned const c = this_column(), lane = threadIdx.x % warp_threads;
  float sum = 0;
  for (unsigned first = blockIdx.x; first < count; first += warp_threads) { // each warp looks at 32 ids at once
    bool const same = first + lane < count && ids[first + lane] == id;
    for (unsigned left = __ballot_sync(every_lane, same); left != 0; left &= left - 1) {
      unsigned const row = first + static_cast<unsigned>(__ffs(static_cast<int>(left))) - 1;
      sum += c < cols ? static_cast<float>(rows[row][c]) : 0.0f;
    }
  }
  if (c < cols) {
    Sum& to = table[static_cast<std::size_t>(id)][c];
    to = static_cast<Sum>(static_cast<float>(to) + sum);
  }
}

} // namespace srlm::kernels
