/// Element by element: sums of matrices, multiples, and a bias on every row. Launch: a block a row, and as many blocks
/// down the second dimension as its columns need. Bound: bytes.
#pragma once
#include <srlm/backend/kernels/device.cuh>

namespace srlm::kernels {

/// The column that this thread works on, where a row takes gridDim.y blocks.
__device__ inline unsigned this_column() { return blockIdx.y * blockDim.x + threadIdx.x; }

/// y += x, both [T, C].
template <class Element>
__global__ void add(Rows<Element const> x, Rows<Element> y, unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    Element& to = y[blockIdx.x][c];
    to = static_cast<Element>(static_cast<float>(to) + static_cast<float>(x[blockIdx.x][c]));
  }
}

/// Every row of y += x: a bias. x [C], y [T, C].
template <class Element>
__global__ void add_to_rows(float const* x, Rows<Element> y, unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    Element& to = y[blockIdx.x][c];
    to = static_cast<Element>(static_cast<float>(to) + x[c]);
  }
}

/// y = beta y; with beta = 0 it is 0, whatever was there. y [T, C].
template <class Element>
__global__ void scale(float beta, Rows<Element> y, unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    Element& to = y[blockIdx.x][c];
    to = static_cast<Element>(beta == 0.0f ? 0.0f : beta * static_cast<float>(to));
  }
}

} // namespace srlm::kernels
