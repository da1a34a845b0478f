/// Products of bf16 matrices that are kept in pairs (bf16_layout.hpp): by matrix tiles (AMX) where the processor has
/// them, else as its dot product makes them (AVX512-BF16); where it lacks both, plain loops define the same sums as the
/// latter.
///
/// An element of C is one chain of sums over its depth, whatever other rows and columns there are, so its bits do not
/// depend on them. The dot product's chain is pair by pair, the second of a pair first; that of tiles adds 16 pairs at
/// a time.
#pragma once
#include <srlm/backend/bf16_dot_product.hpp>
#include <srlm/backend/bf16_tiles.hpp>
#include <srlm/backend/lanes.hpp> // transpose_square
#include <srlm/core/float16.hpp>
#include <algorithm> // copy_n, fill, min
#include <cmath>     // fma
#include <cstring>   // memcpy

namespace srlm::bf16 {

namespace detail {

/// The definition: C [rows, columns] = or += left times one panel.
inline void multiply_plainly(std::size_t rows, std::size_t pairs, Left left, Bits const* panel, std::size_t columns,
                             Sums sums, float* c, std::size_t stride) {
  std::size_t const step = 2 * padded_columns(columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t j = 0; j < columns; ++j) {
      float sum = sums == Sums::add ? c[r * stride + j] : 0.0f;
      for (std::size_t k = 0; k < pairs; ++k) {
        Bits const *const a = left.data + r * left.row_step + k * left.pair_step, *const b = panel + k * step + 2 * j;
        sum = std::fma(bfloat16_to_float(a[0]), bfloat16_to_float(b[0]),
                       std::fma(bfloat16_to_float(a[1]), bfloat16_to_float(b[1]), sum));
      }
      c[r * stride + j] = sum;
    }
  }
}

#if defined(SRLM_BF16_TARGET)
/// What was written past the caches is seen by who waits for it.
inline void show(Sums sums) {
  if (sums == Sums::set_far) {
    _mm_sfence();
  }
}
#endif

} // namespace detail

/// C [rows, columns] = left [rows, 2 * pairs] times a panel of 1 to 64 columns; or C += it. Rows of C are `stride`
/// apart. next: the panel that is multiplied with after it, where that is known and both come from memory.
inline void multiply(std::size_t rows, std::size_t pairs, Left left, Bits const* panel, std::size_t columns, Sums sums,
                     float* c, std::size_t stride, [[maybe_unused]] Bits const* next = nullptr) {
#if defined(SRLM_TILES_TARGET)
  if (has_matrix_tiles() && left.rows_lie_whole() && pairs > 0) {
    detail::multiply_by_tiles(rows, pairs, left, panel, next, columns, sums, c, stride);
    return detail::show(sums);
  }
#endif
#if defined(SRLM_BF16_TARGET)
  if (has_dot_product()) {
    detail::multiply_fast(rows, pairs, left, panel, next, columns, sums, c, stride);
    return detail::show(sums);
  }
#endif
  detail::multiply_plainly(rows, pairs, left, panel, columns, sums, c, stride);
}

/// n numbers, scaled first, to bf16; to nearest, ties to even.
inline void convert(float const* from, std::size_t n, float scale, Bits* to) {
  std::size_t i = 0;
#if defined(SRLM_BF16_TARGET)
  if (has_dot_product()) {
    i = detail::convert_fast(from, n, scale, to);
  }
#endif
  for (; i < n; ++i) {
    to[i] = float_to_bfloat16(scale * from[i]);
  }
}

/// One panel of a right side [depth, columns], scaled first, whose rows are `stride` apart: two rows become one of
/// pairs.
inline void pack_rows(float const* from, std::size_t stride, std::size_t depth, std::size_t columns, float scale,
                      Bits* panel) {
  std::size_t const width = padded_columns(columns);
  for (std::size_t k = 0; k < depth; k += 2, panel += 2 * width) {
    float const *const first = from + k * stride, *const second = first + stride;
    std::size_t j = 0;
#if defined(SRLM_BF16_TARGET)
    if (has_dot_product() && k + 1 < depth) {
      for (; j + 16 <= columns; j += 16) {
        detail::store_pairs(first + j, second + j, scale, panel + 2 * j);
      }
    }
#endif
    for (; j < width; ++j) {
      bool const there = j < columns;
      panel[2 * j] = float_to_bfloat16(there ? scale * first[j] : 0.0f);
      panel[2 * j + 1] = float_to_bfloat16(there && k + 1 < depth ? scale * second[j] : 0.0f);
    }
  }
}

inline std::size_t left_size(std::size_t depth, std::size_t columns) {
  return 2 * row_pairs(depth) * padded_columns(columns);
}

/// The left side that pack_left() makes of at most 64 columns: for tiles its rows lie whole, otherwise as a panel does.
inline Left left_side(Bits const* data, std::size_t depth, std::size_t columns) {
  return has_matrix_tiles() ? Left{data, 2 * row_pairs(depth), 2} : Left{data, 2, 2 * padded_columns(columns)};
}

/// Rows [first, first + count) of a matrix [depth, columns], at most 64 columns, as columns of a left side; scaled
/// first. Its rows are `stride` apart; `first` is even. to: left_size(depth, columns), of the whole matrix.
inline void pack_left(float const* from, std::size_t stride, std::size_t first, std::size_t count, std::size_t depth,
                      std::size_t columns, float scale, Bits* to) {
  constexpr std::size_t square = host::lane_count;
  std::size_t const width = padded_columns(columns), row = 2 * row_pairs(depth);
  if (!has_matrix_tiles()) {
    return pack_rows(from + first * stride, stride, count, columns, scale, to + first * width);
  }
  alignas(64) Bits panel[square * 2 * panel_columns];
  alignas(64) float turned[square][square]; // pairs, moved as floats are
  for (std::size_t done = 0; done < count; done += 2 * square) {
    std::size_t const some = std::min(2 * square, count - done), pairs = pairs_of(some);
    pack_rows(from + (first + done) * stride, stride, some, columns, scale, panel);
    std::fill(panel + 2 * pairs * width, panel + 2 * square * width, Bits{0});
    for (std::size_t j = 0; j < width; j += square) {
      host::transpose_square(reinterpret_cast<float const*>(panel) + j, width, turned[0], square);
      for (std::size_t r = 0; r < square; ++r) {
        std::memcpy(to + (j + r) * row + first + done, turned[r], pairs * sizeof turned[r][0]);
      }
    }
  }
}

/// One panel of the transpose of [columns, depth], whose rows are `stride` apart: a row becomes a column.
inline void pack_columns(float const* from, std::size_t stride, std::size_t depth, std::size_t columns, Bits* panel) {
  constexpr std::size_t square = host::lane_count;
  std::size_t const width = padded_columns(columns), pairs = pairs_of(depth);
  alignas(64) float words[square][square], turned[square][square]; // pairs, moved as floats are
  for (std::size_t first = 0; first < pairs; first += square) {
    std::size_t const count = std::min(square, pairs - first), numbers = std::min(2 * count, depth - 2 * first);
    for (std::size_t j = 0; j < width; j += square) {
      for (std::size_t r = 0; r < square; ++r) {
        Bits row[2 * square] = {};
        if (j + r < columns) {
          convert(from + (j + r) * stride + 2 * first, numbers, 1.0f, row);
        }
        std::memcpy(words[r], row, sizeof row);
      }
      host::transpose_square(words[0], square, turned[0], square);
      for (std::size_t k = 0; k < count; ++k) {
        std::memcpy(panel + (first + k) * 2 * width + 2 * j, turned[k], sizeof turned[k]);
      }
    }
  }
}

} // namespace srlm::bf16
