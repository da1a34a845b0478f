/// A product as the dot product of AVX512-BF16 makes it: by that instruction, or where that is slower by f32's
/// multiply-add, which gives the same bits (bf16_multiply_add.hpp). Which, is chosen when the program runs, whatever
/// that was compiled for.
#pragma once
#include <srlm/backend/bf16_multiply_add.hpp>
#include <srlm/backend/lanes.hpp> // prefetch
#include <algorithm>              // min
#include <chrono>
#include <cstring> // memcpy
#include <vector>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace srlm::bf16 {

/// Whether the processor has the instruction.
inline bool has_dot_product() {
#if defined(__x86_64__)
  static bool const there =
      __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return there;
#else
  return false;
#endif
}

#if defined(__x86_64__)

namespace detail {

constexpr std::size_t line = 32, ///< numbers that are fetched from memory together
    little = 16;                 ///< pairs of rows that a block fetches ahead of itself

/// nearness: 3 for the first cache, 1 for a far one.
template <int nearness>
SRLM_BF16_TARGET inline void fetch(Bits const* from) {
  __builtin_prefetch(from, 0, nearness);
}

/// What a block of rows fetches while it works: the panel itself, a little ahead, and lines of what comes after it.
struct Ahead {
  bool panel;
  Bits const* after;
  std::size_t twos; ///< pairs of lines
};

/// What makes the sums. By multiply-add, the rows of the left side lie whole, or side by side.
enum class By { dot_product, multiply_add_whole, multiply_add_beside };

/// R rows by V vectors of 16 columns, in registers.
template <By How, int R, int V>
SRLM_BF16_TARGET inline void multiply_block(std::size_t pairs, Left const& left, Bits const* panel, Ahead ahead,
                                            __mmask16 last, Sums sums, float* c, std::size_t stride) {
  constexpr std::size_t step = 2 * vector_columns * V;
  __m512 sum[R][V];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      __mmask16 const mask = v + 1 == V ? last : static_cast<__mmask16>(0xffff);
      sum[r][v] = sums == Sums::add ? _mm512_maskz_loadu_ps(mask, c + static_cast<std::size_t>(r) * stride + v * 16)
                                    : _mm512_setzero_ps();
    }
  }
  Bits const* from[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
    from[r] = left.data + static_cast<std::size_t>(r) * left.row_step;
  }
  Factors<R, How == By::multiply_add_whole> factors;
  for (std::size_t k = 0; k < pairs; ++k, panel += step) {
    std::size_t const within = k % factors.most;
    if (How != By::dot_product && within == 0) {
      factors.take(left, k, std::min(factors.most, pairs - k));
    }
    if (ahead.panel) {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        fetch<3>(panel + little * step + v * 32);
      }
    }
    if (k < ahead.twos) {
      fetch<1>(ahead.after + k * 2 * line);
      fetch<1>(ahead.after + (k * 2 + 1) * line);
    }
    if constexpr (How == By::dot_product) {
      __m512bh right[V];
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        right[v] = (__m512bh)_mm512_loadu_si512(panel + v * 32);
      }
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        int two;
        std::memcpy(&two, from[r] + k * left.pair_step, sizeof two);
        __m512bh const factor = (__m512bh)_mm512_set1_epi32(two);
#pragma GCC unroll 4
        for (int v = 0; v < V; ++v) {
          sum[r][v] = _mm512_dpbf16_ps(sum[r][v], factor, right[v]);
        }
      }
    } else {
#pragma GCC unroll 4
      for (int v = 0; v < V; ++v) {
        __m512i const right = _mm512_loadu_si512(panel + v * 32);
        __m512 const second = second_of_pairs(right), first = first_of_pairs(right);
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          sum[r][v] = _mm512_fmadd_ps(factors.second(static_cast<std::size_t>(r), within), second, sum[r][v]);
        }
#pragma GCC unroll 8
        for (int r = 0; r < R; ++r) {
          sum[r][v] = _mm512_fmadd_ps(factors.first(static_cast<std::size_t>(r), within), first, sum[r][v]);
        }
      }
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
    for (int v = 0; v < V; ++v) {
      __mmask16 const mask = v + 1 == V ? last : static_cast<__mmask16>(0xffff);
      float* const to = c + static_cast<std::size_t>(r) * stride + v * 16;
      if (sums == Sums::set_far) {
        _mm512_stream_ps(to, sum[r][v]);
      } else {
        _mm512_mask_storeu_ps(to, mask, sum[r][v]);
      }
    }
  }
}

/// Six rows at a time: 24 sums, and a panel's numbers are read once for all of them. Where a panel comes from memory
/// and the next one is known, each block fetches a part of that one: so memory works as long as the processor does.
template <By How, int V>
SRLM_BF16_TARGET inline void multiply_panel(std::size_t rows, std::size_t pairs, Left const& left, Bits const* panel,
                                            Bits const* next, __mmask16 last, Sums sums, float* c, std::size_t stride) {
  std::size_t const blocks = (rows + 5) / 6;
  std::size_t twos = 0; // of lines, that each block fetches; a block alone fetches the beginning
  if (next != nullptr) {
    twos = blocks > 1 ? (pairs * V + 2 * blocks - 1) / (2 * blocks) : std::min(pairs, little) * V / 2;
  }
  for (std::size_t b = 0, r = 0; b < blocks; ++b) {
    std::size_t const count = (rows - r + blocks - b - 1) / (blocks - b); // about as many in each
    Left const some = left.from(r);
    float* const to = c + r * stride;
    if (sums == Sums::add) {
      for (std::size_t next = r + count; next < std::min(rows, r + 2 * count); ++next) {
        host::prefetch(c + next * stride, V * vector_columns * sizeof(float));
      }
    }
    Ahead const ahead{b == 0, next + b * twos * 2 * line, twos};
    switch (count) {
    case 1:
      multiply_block<How, 1, V>(pairs, some, panel, ahead, last, sums, to, stride);
      break;
    case 2:
      multiply_block<How, 2, V>(pairs, some, panel, ahead, last, sums, to, stride);
      break;
    case 3:
      multiply_block<How, 3, V>(pairs, some, panel, ahead, last, sums, to, stride);
      break;
    case 4:
      multiply_block<How, 4, V>(pairs, some, panel, ahead, last, sums, to, stride);
      break;
    case 5:
      multiply_block<How, 5, V>(pairs, some, panel, ahead, last, sums, to, stride);
      break;
    default:
      multiply_block<How, 6, V>(pairs, some, panel, ahead, last, sums, to, stride);
    }
    r += count;
  }
}

template <By How>
SRLM_BF16_TARGET inline void multiply_vectors(std::size_t rows, std::size_t pairs, Left const& left, Bits const* panel,
                                              Bits const* next, std::size_t columns, Sums sums, float* c,
                                              std::size_t stride) {
  std::size_t const vectors = padded_columns(columns) / vector_columns;
  auto const last = static_cast<__mmask16>(0xffffu >> (vectors * vector_columns - columns));
  if (sums == Sums::set_far && !in_lines(c, stride, columns)) {
    sums = Sums::set; // whole lines alone can be written so
  }
  switch (vectors) {
  case 1:
    return multiply_panel<How, 1>(rows, pairs, left, panel, next, last, sums, c, stride);
  case 2:
    return multiply_panel<How, 2>(rows, pairs, left, panel, next, last, sums, c, stride);
  case 3:
    return multiply_panel<How, 3>(rows, pairs, left, panel, next, last, sums, c, stride);
  default:
    return multiply_panel<How, 4>(rows, pairs, left, panel, next, last, sums, c, stride);
  }
}

inline void multiply_by_dot_product(std::size_t rows, std::size_t pairs, Left const& left, Bits const* panel,
                                    Bits const* next, std::size_t columns, Sums sums, float* c, std::size_t stride) {
  multiply_vectors<By::dot_product>(rows, pairs, left, panel, next, columns, sums, c, stride);
}

inline void multiply_by_multiply_add(std::size_t rows, std::size_t pairs, Left const& left, Bits const* panel,
                                     Bits const* next, std::size_t columns, Sums sums, float* c, std::size_t stride) {
  SmallAreZero const as_by_the_instruction;
  if (left.rows_lie_whole()) {
    multiply_vectors<By::multiply_add_whole>(rows, pairs, left, panel, next, columns, sums, c, stride);
  } else {
    multiply_vectors<By::multiply_add_beside>(rows, pairs, left, panel, next, columns, sums, c, stride);
  }
}

/// The faster of the two, by a trial of some 0.2 ms. Peaks of two cores, by the instruction and of multiply-adds in
/// f32: 445 and 231 GF/s on a Zen 4, 177 and 369 on a Xeon without AMX (docs/bf16.md).
inline auto faster_multiply() {
  constexpr std::size_t rows = 48, pairs = 64;
  std::vector<Bits> const ones(2 * pairs * panel_columns, 0x3f80);
  std::vector<float> sums(rows * panel_columns);
  auto const seconds = [&](auto const& multiply) {
    auto const begin = std::chrono::steady_clock::now();
    multiply(rows, pairs, Left{ones.data(), 2 * pairs, 2}, ones.data(), nullptr, panel_columns, Sums::set, sums.data(),
             panel_columns);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  double by_dot_product = 1, by_multiply_add = 1;
  for (int i = 0; i < 12; ++i) { // the first ones find the processor cold
    by_dot_product = std::min(by_dot_product, seconds(multiply_by_dot_product));
    by_multiply_add = std::min(by_multiply_add, seconds(multiply_by_multiply_add));
  }
  return by_multiply_add < 0.9 * by_dot_product ? multiply_by_multiply_add : multiply_by_dot_product;
}

inline void multiply_fast(std::size_t rows, std::size_t pairs, Left const& left, Bits const* panel, Bits const* next,
                          std::size_t columns, Sums sums, float* c, std::size_t stride) {
  static auto const faster = faster_multiply();
  faster(rows, pairs, left, panel, next, columns, sums, c, stride);
}

/// 16 numbers of two rows, scaled first, as 16 pairs.
SRLM_BF16_TARGET inline void store_pairs(float const* first, float const* second, float scale, Bits* to) {
  __m512 const factor = _mm512_set1_ps(scale);
  __m256bh const low = _mm512_cvtneps_pbh(_mm512_mul_ps(factor, _mm512_loadu_ps(first))),
                 high = _mm512_cvtneps_pbh(_mm512_mul_ps(factor, _mm512_loadu_ps(second)));
  constexpr __mmask16 all = 0xffff; // g++ 12 takes the undefined inputs of the forms without a mask for a mistake
  _mm512_storeu_si512(
      to, _mm512_or_si512(_mm512_maskz_cvtepu16_epi32(all, (__m256i)low),
                          _mm512_maskz_slli_epi32(all, _mm512_maskz_cvtepu16_epi32(all, (__m256i)high), 16)));
}

SRLM_BF16_TARGET inline std::size_t convert_fast(float const* from, std::size_t n, float scale, Bits* to) {
  std::size_t i = 0;
  for (; i + 16 <= n; i += 16) {
    __m256bh const sixteen = _mm512_cvtneps_pbh(_mm512_mul_ps(_mm512_loadu_ps(from + i), _mm512_set1_ps(scale)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + i), (__m256i)sixteen);
  }
  return i;
}

} // namespace detail

#endif

} // namespace srlm::bf16
