/// A vector register of the machine that we compile for, as a value. Written with the compilers' portable vector types,
/// so the attention kernels keep one source for every instruction set.
#pragma once
#include <cstddef>
#include <utility> // index_sequence

namespace srlm::host {

#if defined(__AVX512F__)
inline constexpr std::size_t lane_count = 16;
#elif defined(__AVX__)
inline constexpr std::size_t lane_count = 8;
#else
inline constexpr std::size_t lane_count = 4;
#endif

typedef float Lanes __attribute__((vector_size(lane_count * sizeof(float))));

inline Lanes load(float const* from) {
  Lanes lanes;
  __builtin_memcpy(&lanes, from, sizeof(Lanes));
  return lanes;
}

inline void store(Lanes const& lanes, float* to) { __builtin_memcpy(to, &lanes, sizeof(Lanes)); }

/// a0 b0 a1 b1 ... of the lower (First = 0) or upper (First = lane_count / 2) halves.
template <std::size_t First, std::size_t... Is>
Lanes interleave(Lanes const& a, Lanes const& b, std::index_sequence<Is...>) {
  return __builtin_shufflevector(a, b, (First + Is / 2 + (Is % 2) * lane_count)...);
}

/// to[c * to_stride + r] = from[r * from_stride + c] for a square of lane_count rows and columns: a shuffle like that
/// of cards, as often as it takes to bring row r to column r.
inline void transpose_square(float const* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  constexpr std::size_t half = lane_count / 2;
  using Indices = std::make_index_sequence<lane_count>;
  Lanes rows[lane_count], shuffled[lane_count];
  for (std::size_t r = 0; r < lane_count; ++r) {
    rows[r] = load(from + r * from_stride);
  }
  for (std::size_t done = 1; done < lane_count; done *= 2) {
    for (std::size_t r = 0; r < half; ++r) {
      shuffled[2 * r] = interleave<0>(rows[r], rows[r + half], Indices{});
      shuffled[2 * r + 1] = interleave<half>(rows[r], rows[r + half], Indices{});
    }
    for (std::size_t r = 0; r < lane_count; ++r) {
      rows[r] = shuffled[r];
    }
  }
  for (std::size_t r = 0; r < lane_count; ++r) {
    store(rows[r], to + r * to_stride);
  }
}

} // namespace srlm::host
