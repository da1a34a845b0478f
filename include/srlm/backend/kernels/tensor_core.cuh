/// What tensor cores are told: one product of a warp, and how its factors come from shared memory. On the processor
/// each is what the PTX manual defines it as (ldmatrix, mma.m16n8k16), where the 32 lanes meet.
#pragma once
#include <srlm/backend/kernels/bfloat16.cuh>
#if !defined(__CUDACC__)
#include <stdexcept> // logic_error
#endif

namespace srlm::kernels {

#if !defined(__CUDACC__)
/// What a lane brings to a warp's instruction.
struct Lane {
  BFloat16 const* row;
  std::uint32_t a[4], b[2];
};

/// What the 32 lanes bring, this one among them. Two rooms take turns: who is already at the next instruction leaves
/// the room of the one before readable. The shuffle is where they meet; it orders no memory, as the instructions do
/// not.
inline Lane const* lanes_of_warp(Lane const& own) {
  static thread_local Lane rooms[2][1024];
  static thread_local unsigned char turns[1024];
  unsigned const turn = turns[threadIdx.x] ^= 1;
  rooms[turn][threadIdx.x] = own;
  (void)__shfl_sync(every_lane, 0u, 0);
  return rooms[turn] + threadIdx.x / warp_threads * warp_threads;
}

/// Where the 32 lanes say that rows begin.
inline Lane const* rows_of_warp(BFloat16 const* row) {
  if (reinterpret_cast<std::uintptr_t>(row) % 16 != 0) {
    throw std::logic_error("ldmatrix: a row that does not begin at a multiple of 16 bytes");
  }
  return lanes_of_warp({row, {}, {}});
}
#endif

/// N squares of 8 x 8 from shared memory: lane 8 i + r gives the address of row r of square i, a multiple of 16 bytes.
/// to[i]: of square i, row lane / 4, the columns 2 (lane % 4) and the next; a column's lower half first.
template <unsigned N>
__device__ void load_squares(std::uint32_t (&to)[N], BFloat16 const* row) {
  static_assert(N == 2 || N == 4);
#if defined(__CUDACC__)
  unsigned const address = static_cast<unsigned>(__cvta_generic_to_shared(row));
  if constexpr (N == 2) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];"
                 : "=r"(to[0]), "=r"(to[1])
                 : "r"(address)
                 : "memory");
  } else {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
                 : "r"(address)
                 : "memory");
  }
#else
  Lane const* const rows = rows_of_warp(row);
  unsigned const lane = threadIdx.x % warp_threads;
  for (unsigned i = 0; i < N; ++i) {
    std::memcpy(&to[i], rows[8 * i + lane / 4].row + lane % 4 * 2, sizeof to[i]);
  }
#endif
}

/// The same squares transposed: to[i] has rows 2 (lane % 4) and the next of square i, column lane / 4.
template <unsigned N>
__device__ void load_squares_turned(std::uint32_t (&to)[N], BFloat16 const* row) {
  static_assert(N == 2);
#if defined(__CUDACC__)
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];"
               : "=r"(to[0]), "=r"(to[1])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#else
  Lane const* const rows = rows_of_warp(row);
  unsigned const lane = threadIdx.x % warp_threads;
  for (unsigned i = 0; i < N; ++i) {
    Lane const* const two = rows + 8 * i + lane % 4 * 2;
    to[i] = two[0].row[lane / 4].bits | static_cast<std::uint32_t>(two[1].row[lane / 4].bits) << 16;
  }
#endif
}

/// d += a b of a warp: a [16, 16], b [16, 8] in bf16, d in f32. Of a, a thread has rows lane / 4 and that + 8, columns
/// 2 (lane % 4) and the next, and those + 8 (in a[2], a[3]); of b those as rows, column lane / 4; of d as WarpTile
/// says.
__device__ inline void multiply_add_16x8x16(float (&d)[4], std::uint32_t const (&a)[4], std::uint32_t const (&b)[2]) {
#if defined(__CUDACC__)
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#else
  auto const number = [](std::uint32_t pair, unsigned half) {
    BFloat16 x;
    x.bits = static_cast<std::uint16_t>(pair >> (16 * half));
    return static_cast<float>(x);
  };
  Lane const* const lanes = lanes_of_warp({nullptr, {a[0], a[1], a[2], a[3]}, {b[0], b[1]}});
  unsigned const lane = threadIdx.x % warp_threads;
  for (unsigned k = 0; k < 16; ++k) {
    unsigned const eight = k / 8, two = k % 8 / 2, half = k % 2;
    for (unsigned e = 0; e < 4; ++e) {
      d[e] += number(lanes[lane / 4 * 4 + two].a[2 * eight + e / 2], half) *
              number(lanes[(lane % 4 * 2 + e % 2) * 4 + two].b[eight], half);
    }
  }
#endif
}

} // namespace srlm::kernels
