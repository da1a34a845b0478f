/// bf16 as an element: the upper half of a float, rounded to nearest (ties to even), or up or down by chance.
#pragma once
#include <srlm/backend/kernels/elementwise.cuh> // this_column
#include <cstring>                              // memcpy

namespace srlm::kernels {

/// Converted from and to float as core/float16.hpp does: NaN stays NaN, overflow becomes infinity.
struct BFloat16 {
  std::uint16_t bits;

  BFloat16() = default;
  __device__ explicit BFloat16(float x) : bits(nearest(x)) {}
  __device__ explicit operator float() const {
    std::uint32_t const whole = static_cast<std::uint32_t>(bits) << 16;
    float x;
    std::memcpy(&x, &whole, sizeof x);
    return x;
  }

  /// The bits of x to nearest.
  __device__ static std::uint16_t nearest(float x) {
    std::uint32_t const whole = bits_of(x);
    if ((whole & 0x7fffffffu) > 0x7f800000u) {
      return static_cast<std::uint16_t>((whole >> 16) | 0x40u);
    }
    return static_cast<std::uint16_t>((whole + 0x7fffu + ((whole >> 16) & 1u)) >> 16);
  }
  /// Away from zero with the probability that x lies beyond the number towards it, by 16 random bits: the mean of many
  /// is x. What is not finite is rounded to nearest.
  __device__ static std::uint16_t by_chance(float x, std::uint32_t random) {
    std::uint32_t const whole = bits_of(x);
    return (whole & 0x7fffffffu) >= 0x7f800000u ? nearest(x)
                                                : static_cast<std::uint16_t>((whole + (random & 0xffffu)) >> 16);
  }

 private:
  __device__ static std::uint32_t bits_of(float x) {
    std::uint32_t whole;
    std::memcpy(&whole, &x, sizeof whole);
    return whole;
  }
};

/// Random bits of a place, from a seed: the finisher of SplitMix64 (Steele et al. 2014).
__device__ inline std::uint32_t random_bits(std::uint64_t seed, std::uint64_t place) {
  std::uint64_t z = seed + (place + 1) * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
}

/// to = x in bf16, both [T, C]; a thread makes two neighbours, which it writes together. `to` begins at a multiple of
/// four bytes and has an even stride, of at least C rounded up; what is beyond C becomes 0. Chance: by chance, else to
/// nearest. Bound: bytes. Launch: a thread for two columns.
template <bool chance>
__global__ void round_rows(Rows<float const> x, Rows<BFloat16> to, unsigned cols, std::uint64_t seed) {
  unsigned const c = 2 * this_column();
  if (c < cols) {
    std::uint32_t both = 0;
    for (unsigned i = 0; i < 2 && c + i < cols; ++i) {
      float const value = x[blockIdx.x][c + i];
      std::uint32_t const bits =
          chance ? BFloat16::by_chance(value, random_bits(seed, std::uint64_t{blockIdx.x} * cols + c + i))
                 : BFloat16::nearest(value);
      both |= bits << (16 * i);
    }
    std::memcpy(to[blockIdx.x] + c, &both, sizeof both);
  }
}

} // namespace srlm::kernels
