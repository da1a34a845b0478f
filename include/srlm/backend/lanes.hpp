/// A vector register of the machine that we compile for, as a value. Written with the compilers' portable vector types,
/// so the attention kernels keep one source for every instruction set.
#pragma once
#include <cstddef>

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

/// Asks for memory that will be read soon.
inline void prefetch(void const* from, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; i += 64) {
    __builtin_prefetch(static_cast<char const*>(from) + i, 0, 2);
  }
}

/// a0 b0 a1 b1 ... of the lower (First = 0) or upper (First = lane_count / 2) halves. Written out: not every compiler
/// takes a pack of indices here.
template <std::size_t First>
Lanes interleave(Lanes const& a, Lanes const& b) {
  constexpr std::size_t n = lane_count;
#if defined(__AVX512F__)
  return __builtin_shufflevector(a, b, First, n + First, First + 1, n + First + 1, First + 2, n + First + 2, First + 3,
                                 n + First + 3, First + 4, n + First + 4, First + 5, n + First + 5, First + 6,
                                 n + First + 6, First + 7, n + First + 7);
#elif defined(__AVX__)
  return __builtin_shufflevector(a, b, First, n + First, First + 1, n + First + 1, First + 2, n + First + 2, First + 3,
                                 n + First + 3);
#else
  return __builtin_shufflevector(a, b, First, n + First, First + 1, n + First + 1);
#endif
}

/// to[c * to_stride + r] = from[r * from_stride + c] for a square of lane_count rows and columns: a shuffle like that
/// of cards, as often as it takes to bring row r to column r.
inline void transpose_square(float const* from, std::size_t from_stride, float* to, std::size_t to_stride) {
  constexpr std::size_t half = lane_count / 2;
  Lanes rows[lane_count], shuffled[lane_count];
  for (std::size_t r = 0; r < lane_count; ++r) {
    rows[r] = load(from + r * from_stride);
  }
  for (std::size_t done = 1; done < lane_count; done *= 2) {
    for (std::size_t r = 0; r < half; ++r) {
      shuffled[2 * r] = interleave<0>(rows[r], rows[r + half]);
      shuffled[2 * r + 1] = interleave<half>(rows[r], rows[r + half]);
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
