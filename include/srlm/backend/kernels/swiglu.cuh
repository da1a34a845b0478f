/// The gated unit (Shazeer 2020): out = g sigma(g) u, g the first half of a row and u the second.
/// d_g = d_out u (sigma + g sigma (1 - sigma)),  d_u = d_out g sigma. Bound: bytes, forward 3 and backward 5 numbers an
/// element of out. Launch: T x blocks of F columns.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column

namespace srlm::kernels {

__device__ inline float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); } // exp overflows to a quotient of 0

/// gate_up [T, 2F], out [T, F]; cols = F.
template <class Element>
__global__ void swiglu(Rows<Element const> gate_up, Rows<Element> out, unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    Element const* const row = gate_up[blockIdx.x];
    float const gate = static_cast<float>(row[c]), up = static_cast<float>(row[cols + c]);
    out[blockIdx.x][c] = static_cast<Element>(gate * sigmoid(gate) * up);
  }
}

/// gate_up, d_gate_up [T, 2F]; d_out [T, F]; cols = F.
template <class Element>
__global__ void swiglu_backward(Rows<Element const> gate_up, Rows<Element const> d_out, Rows<Element> d_gate_up,
                                unsigned cols) {
  unsigned const c = this_column();
  if (c < cols) {
    Element const* const row = gate_up[blockIdx.x];
    Element* const to = d_gate_up[blockIdx.x];
    float const gate = static_cast<float>(row[c]), up = static_cast<float>(row[cols + c]),
                d = static_cast<float>(d_out[blockIdx.x][c]), sigma = sigmoid(gate);
    to[c] = static_cast<Element>(d * up * sigma * (1.0f + gate * (1.0f - sigma)));
    to[cols + c] = static_cast<Element>(d * gate * sigma);
  }
}

} // namespace srlm::kernels
