/// Matrix tiles (AMX): whether they are there, and blocks of a product in them. One instruction multiplies 16 rows of
/// 32 numbers with 32 rows of 16 columns.
#pragma once
#include <srlm/backend/bf16_layout.hpp>
#include <algorithm> // min
#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#define SRLM_TILES_TARGET __attribute__((target("avx512f,amx-tile,amx-bf16")))
#endif

namespace srlm::bf16 {

inline constexpr std::size_t tile_rows = 16;

#if defined(__x86_64__) && defined(__linux__)

namespace detail {

/// Linux wants to be asked, once a process, before its threads keep tiles.
inline bool ask_for_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned of_bf16 = 1u << 22, of_tiles = 1u << 24;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & of_bf16) == 0 || (d & of_tiles) == 0) {
    return false;
  }
  constexpr long request_permission = 0x1023, tile_data = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

} // namespace detail

/// Whether the processor has tiles of bf16, and the system gives them.
inline bool has_matrix_tiles() {
  static bool const there = detail::ask_for_tiles();
  return there;
}

namespace detail {

/// What a tile register holds: the operand of an instruction that tells all of them.
struct alignas(64) TileShapes {
  std::uint8_t palette = 1, start = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

/// Rows of the two tiles of the left side below each other, and pairs of their depth. Where the left side has one row
/// of tiles, its second tile becomes another one of the right side.
struct TileSizes {
  std::size_t upper = 0, lower = 0, pairs = 0;
  bool one_row = false;

  TileSizes() = default;
  TileSizes(std::size_t rows, std::size_t depth)
      : upper(std::min(rows, tile_rows)), lower(rows > tile_rows ? rows - tile_rows : rows), pairs(depth) {
    bool const whole = lower == tile_rows && pairs == tile_pairs; // left and right tiles have one shape
    one_row = rows <= tile_rows && !whole;
  }
  bool operator==(TileSizes const&) const = default;
};

/// Tiles 0 to 3 hold sums, 4 and 5 the left side, 6 and 7 (and 5, see TileSizes) the right side.
SRLM_TILES_TARGET inline void shape_tiles(TileSizes const& sizes) {
  TileShapes shapes;
  auto const shape = [&shapes](int tile, std::size_t height, std::size_t width) {
    shapes.rows[tile] = static_cast<std::uint8_t>(height);
    shapes.row_bytes[tile] = static_cast<std::uint16_t>(width * 4);
  };
  for (int tile : {0, 1}) {
    shape(tile, sizes.upper, vector_columns);
    shape(tile + 2, sizes.lower, vector_columns);
    shape(tile + 6, sizes.pairs, vector_columns);
  }
  shape(4, sizes.upper, sizes.pairs);
  if (sizes.one_row) {
    shape(5, sizes.pairs, vector_columns);
  } else {
    shape(5, sizes.lower, sizes.pairs);
  }
  __asm__ volatile("" ::"r"(&shapes) : "memory"); // all of it is written before it is read
  _tile_loadconfig(&shapes);
}

/// One block's operands. Strides are in bytes, as the instructions want them.
struct TileBlock {
  std::size_t steps;
  Bits const *left, *right;
  std::size_t left_stride, right_stride, right_step; ///< right_step: numbers from 16 rows of pairs to the next
  Bits const* after;                                 ///< what is multiplied with next, or nullptr: nothing is fetched
  std::size_t after_step;
};

/// Asks for memory, to the second cache: the first one holds what is at work.
inline void fetch_lines(Bits const* from, std::size_t numbers) {
  constexpr std::size_t line = 32;
  constexpr int read = 0, second_cache = 2;
  for (std::size_t i = 0; i < numbers; i += line) {
    __builtin_prefetch(from + i, read, second_cache);
  }
}

/// Up to 16 rows times V vectors of columns; c[v]: where their sums belong, rows `stride` bytes apart.
template <int V>
SRLM_TILES_TARGET inline void multiply_one_row_of_tiles(TileBlock const& block, bool add, float* const* c,
                                                        std::size_t stride) {
  if (add) {
    _tile_loadd(0, c[0], stride);
    if constexpr (V > 1) {
      _tile_loadd(1, c[1], stride);
    }
    if constexpr (V > 2) {
      _tile_loadd(2, c[2], stride);
    }
    if constexpr (V > 3) {
      _tile_loadd(3, c[3], stride);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (std::size_t step = 0; step < block.steps; ++step) {
    if (block.after != nullptr) { // memory is what one row of tiles waits for: the panel's own lines, two steps before
      std::size_t const later = step + 2;
      fetch_lines(later < block.steps ? block.right + later * block.right_step
                                      : block.after + (later - block.steps) * block.right_step,
                  block.right_step);
    }
    Bits const* const right = block.right + step * block.right_step;
    _tile_loadd(4, block.left + step * 2 * tile_pairs, block.left_stride);
    _tile_loadd(5, right, block.right_stride);
    _tile_dpbf16ps(0, 4, 5);
    if constexpr (V > 1) {
      _tile_loadd(6, right + 2 * vector_columns, block.right_stride);
      _tile_dpbf16ps(1, 4, 6);
    }
    if constexpr (V > 2) {
      _tile_loadd(7, right + 4 * vector_columns, block.right_stride);
      _tile_dpbf16ps(2, 4, 7);
    }
    if constexpr (V > 3) {
      _tile_loadd(5, right + 6 * vector_columns, block.right_stride);
      _tile_dpbf16ps(3, 4, 5);
    }
  }
  _tile_stored(0, c[0], stride);
  if constexpr (V > 1) {
    _tile_stored(1, c[1], stride);
  }
  if constexpr (V > 2) {
    _tile_stored(2, c[2], stride);
  }
  if constexpr (V > 3) {
    _tile_stored(3, c[3], stride);
  }
}

/// 17 to 32 rows times V (1 or 2) vectors of columns.
template <int V>
SRLM_TILES_TARGET inline void multiply_two_rows_of_tiles(TileBlock const& block, bool add, float* const* c,
                                                         std::size_t stride) {
  auto const lower = [&](int v) { return c[v] + tile_rows * stride / sizeof(float); };
  if (add) {
    _tile_loadd(0, c[0], stride);
    _tile_loadd(2, lower(0), stride);
    if constexpr (V > 1) {
      _tile_loadd(1, c[1], stride);
      _tile_loadd(3, lower(1), stride);
    }
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  Bits const* const left_below = block.left + tile_rows * block.left_stride / sizeof(Bits);
  for (std::size_t step = 0; step < block.steps; ++step) {
    if (block.after != nullptr) { // memory works as long as the processor does: the next panel, a whole panel before
      fetch_lines(block.after + step * block.after_step, block.after_step);
    }
    Bits const* const right = block.right + step * block.right_step;
    _tile_loadd(6, right, block.right_stride);
    _tile_loadd(4, block.left + step * 2 * tile_pairs, block.left_stride);
    _tile_dpbf16ps(0, 4, 6);
    _tile_loadd(5, left_below + step * 2 * tile_pairs, block.left_stride);
    _tile_dpbf16ps(2, 5, 6);
    if constexpr (V > 1) {
      _tile_loadd(7, right + 2 * vector_columns, block.right_stride);
      _tile_dpbf16ps(1, 4, 7);
      _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c[0], stride);
  _tile_stored(2, lower(0), stride);
  if constexpr (V > 1) {
    _tile_stored(1, c[1], stride);
    _tile_stored(3, lower(1), stride);
  }
}

} // namespace detail

#else

inline bool has_matrix_tiles() { return false; }

#endif

} // namespace srlm::bf16
