/// Rotary positions (Su et al. 2021), in place: each head's pairs (x_i, x_{i + D/2}) turn by the angle of their
/// position; sign -1 turns back. A thread a pair. Bound: bytes, 2 numbers an element.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column

namespace srlm::kernels {

/// x [T, heads * D]; positions [T]; cosine, sine [positions, D / 2]; pairs = heads * D / 2. Launch: T x blocks of
/// pairs.
template <class Element>
__global__ void rotate(Rows<Element> x, unsigned head_dim, std::int32_t const* positions, Rows<float const> cosine,
                       Rows<float const> sine, float sign, unsigned pairs) {
  unsigned const pair = this_column(), half = head_dim / 2;
  if (pair < pairs) {
    unsigned const i = pair % half;
    std::size_t const position = static_cast<std::size_t>(positions[blockIdx.x]);
    Element* const first = x[blockIdx.x] + pair / half * head_dim + i;
    Element* const second = first + half;
    float const c = cosine[position][i], s = sign * sine[position][i];
    float const a = static_cast<float>(*first), b = static_cast<float>(*second);
    *first = static_cast<Element>(a * c - b * s);
    *second = static_cast<Element>(b * c + a * s);
  }
}

} // namespace srlm::kernels
