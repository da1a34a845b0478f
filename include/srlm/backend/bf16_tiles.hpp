/// A product by matrix tiles (AMX). Chosen when the program runs, whatever it was compiled for.
///
/// An element of C is one chain: each instruction sums 16 pairs from 0, the first numbers of the pairs and the second
/// ones apart, and adds both sums, together, to what there is. What is missing of the last 16 pairs counts as 0.
#pragma once
#include <srlm/backend/bf16_tile_blocks.hpp>
#include <srlm/backend/lanes.hpp> // prefetch
#include <algorithm>              // copy_n, min

namespace srlm::bf16 {

#if defined(SRLM_TILES_TARGET)

namespace detail {

/// Sums on their way: tiles are always 16 columns wide, want to lie at lines of memory, and do not write past caches.
struct alignas(64) Stage {
  static constexpr std::size_t width = panel_columns;
  float sums[2 * tile_rows][width];

  SRLM_TILES_TARGET void read(float const* c, std::size_t stride, std::size_t rows, std::size_t columns) {
    for (std::size_t r = 0; r < rows; ++r) {
      std::copy_n(c + r * stride, columns, sums[r]);
    }
  }
  SRLM_TILES_TARGET void write(float* c, std::size_t stride, std::size_t rows, std::size_t columns,
                               bool past_caches) const {
    for (std::size_t r = 0; r < rows; ++r) {
      if (!past_caches) {
        std::copy_n(sums[r], columns, c + r * stride);
        continue;
      }
      for (std::size_t j = 0; j < columns; j += vector_columns) {
        _mm512_stream_ps(c + r * stride + j, _mm512_load_ps(sums[r] + j));
      }
    }
  }
};

/// A column of blocks: `rows` at most 32, all of `columns` at most 64.
SRLM_TILES_TARGET inline void multiply_rows_by_tiles(std::size_t rows, TileBlock block, std::size_t columns, Sums sums,
                                                     float* c, std::size_t stride) {
  bool const add = sums == Sums::add, lines = in_lines(c, stride, columns), direct = lines && sums != Sums::set_far;
  Stage stage;
  if (!direct && add) {
    stage.read(c, stride, rows, columns);
  }
  float* const begin = direct ? c : stage.sums[0];
  std::size_t const vectors = padded_columns(columns) / vector_columns,
                    bytes = (direct ? stride : Stage::width) * sizeof(float);
  float* const to[4] = {begin, begin + vector_columns, begin + 2 * vector_columns, begin + 3 * vector_columns};
  __asm__ volatile("" ::"r"(begin) : "memory"); // what tiles read is written
  if (rows > tile_rows) {
    for (std::size_t v = 0; v < vectors; v += 2) {
      if (v + 1 < vectors) {
        multiply_two_rows_of_tiles<2>(block, add, to + v, bytes);
      } else {
        multiply_two_rows_of_tiles<1>(block, add, to + v, bytes);
      }
      block.right += 4 * vector_columns;
      if (block.after != nullptr) {
        block.after += block.after_step * block.steps;
      }
    }
  } else {
    switch (vectors) {
    case 1:
      multiply_one_row_of_tiles<1>(block, add, to, bytes);
      break;
    case 2:
      multiply_one_row_of_tiles<2>(block, add, to, bytes);
      break;
    case 3:
      multiply_one_row_of_tiles<3>(block, add, to, bytes);
      break;
    default:
      multiply_one_row_of_tiles<4>(block, add, to, bytes);
    }
  }
  if (!direct) {
    stage.write(c, stride, rows, columns, lines);
  }
}

/// As multiply() (bf16_kernel.hpp), for a left side whose rows lie whole.
SRLM_TILES_TARGET inline void multiply_by_tiles(std::size_t rows, std::size_t pairs, Left const& left,
                                                Bits const* panel, Bits const* next, std::size_t columns, Sums sums,
                                                float* c, std::size_t stride) {
  constexpr std::size_t at_once = 2 * tile_rows;
  std::size_t const width = padded_columns(columns), whole = pairs / tile_pairs, rest = pairs % tile_pairs;
  auto const over = [&](std::size_t first_pair, std::size_t steps, std::size_t depth) {
    TileSizes shaped;
    for (std::size_t r = 0; r < rows; r += at_once) {
      std::size_t const count = std::min(at_once, rows - r);
      TileSizes const sizes(count, depth);
      if (sizes != shaped) {
        shape_tiles(sizes);
        shaped = sizes;
      }
      TileBlock const block{steps,
                            left.from(r).data + 2 * first_pair,
                            panel + 2 * first_pair * width,
                            left.row_step * sizeof(Bits),
                            2 * width * sizeof(Bits),
                            2 * width * tile_pairs,
                            r == 0 && depth == tile_pairs ? next : nullptr,
                            2 * width * tile_pairs / (count > tile_rows && width > 32 ? 2 : 1)};
      for (std::size_t later = r + at_once; sums == Sums::add && later < std::min(rows, r + 2 * at_once); ++later) {
        host::prefetch(c + later * stride, width * sizeof(float));
      }
      multiply_rows_by_tiles(count, block, columns, sums, c + r * stride, stride);
    }
    sums = Sums::add;
  };
  if (whole > 0) {
    over(0, whole, tile_pairs);
  }
  if (rest > 0) {
    over(whole * tile_pairs, 1, rest);
  }
  _tile_release();
}

} // namespace detail

#endif

} // namespace srlm::bf16
