/// What AVX512-BF16's dot product does, by f32's multiply-add: for processors on which that is faster. A bf16 is the
/// upper half of an f32, so a pair becomes two factors by a shift and a mask. The sums are the same, to the bit: the
/// second of a pair first, each multiply-add rounded once; and as the instruction does, what is too small for a normal
/// number counts as 0 (Intel's manual of instructions, VDPBF16PS).
#pragma once
#include <srlm/backend/bf16_layout.hpp>
#include <cstring> // memcpy
#if defined(__x86_64__)
#include <immintrin.h>

#define SRLM_BF16_TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

namespace srlm::bf16::detail {

SRLM_BF16_TARGET inline __m512 first_of_pairs(__m512i pairs) {
  return (__m512)_mm512_maskz_slli_epi32(0xffff, pairs, 16);
}
SRLM_BF16_TARGET inline __m512 second_of_pairs(__m512i pairs) {
  return (__m512)_mm512_maskz_and_epi32(0xffff, pairs, _mm512_set1_epi32(-0x10000));
}

/// Some pairs of R rows of a left side as f32. Whole: they lie row by row, else side by side.
template <int R, bool Whole>
class Factors {
 public:
  static constexpr std::size_t most = 32; ///< pairs

  /// Pairs [k, k + count).
  SRLM_BF16_TARGET void take(Left const& left, std::size_t k, std::size_t count) {
    Bits const* const from = left.data + k * left.pair_step;
    if constexpr (Whole) {
      for (std::size_t r = 0; r < R; ++r) {
        for (std::size_t i = 0; i < count; i += 16) {
          take(from + r * left.row_step + 2 * i, count - i, at(r, i));
        }
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) {
        take(from + i * left.pair_step, R, at(0, i));
      }
    }
  }
  /// Of row r's pair k of those that were taken.
  SRLM_BF16_TARGET __m512 first(std::size_t r, std::size_t k) const { return _mm512_set1_ps(numbers_[at(r, k)]); }
  SRLM_BF16_TARGET __m512 second(std::size_t r, std::size_t k) const {
    return _mm512_set1_ps(numbers_[at(r, k) + behind]);
  }

 private:
  static constexpr std::size_t behind = Whole ? most : 16; ///< a first number lies its second

  static constexpr std::size_t at(std::size_t r, std::size_t k) { return Whole ? r * 2 * most + k : k * 32 + r; }

  /// Up to 16 pairs that lie one behind the other.
  SRLM_BF16_TARGET void take(Bits const* from, std::size_t n, std::size_t to) {
    __m512i const pairs = _mm512_maskz_loadu_epi32(static_cast<__mmask16>(n < 16 ? (1u << n) - 1 : 0xffffu), from);
    _mm512_store_ps(numbers_ + to, first_of_pairs(pairs));
    _mm512_store_ps(numbers_ + to + behind, second_of_pairs(pairs));
  }

  alignas(64) float numbers_[Whole ? R * 2 * most : most * 32];
};

/// Numbers that are too small count as 0 as long as it lives.
class SmallAreZero {
 public:
  SmallAreZero() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); } // both ways: read, written
  ~SmallAreZero() { _mm_setcsr(before_); }
  SmallAreZero(SmallAreZero const&) = delete;
  SmallAreZero& operator=(SmallAreZero const&) = delete;

 private:
  unsigned before_;
};

} // namespace srlm::bf16::detail

#endif
