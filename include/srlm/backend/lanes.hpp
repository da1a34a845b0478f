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

} // namespace srlm::host
