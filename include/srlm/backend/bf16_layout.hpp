/// How bf16 matrices lie that are multiplied with each other: in pairs, two neighbours of the sum in one 32-bit word,
/// as the processor's instructions take them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace srlm::bf16 {

using Bits = std::uint16_t; ///< of a bf16

/// Columns of a panel: a right side [depth, n] is kept as panels of 64 columns, each [depth / 2][64][2]; the last one
/// is as wide as it needs, rounded up to 16. What is missing of an odd depth and of a width is 0.
inline constexpr std::size_t panel_columns = 64, vector_columns = 16;

constexpr std::size_t pairs_of(std::size_t depth) { return (depth + 1) / 2; }
constexpr std::size_t padded_columns(std::size_t n) {
  return (n + vector_columns - 1) / vector_columns * vector_columns;
}
/// Numbers of a right side, packed. Panel j begins at j * panel_columns * 2 * pairs.
constexpr std::size_t packed_size(std::size_t depth, std::size_t n) { return 2 * pairs_of(depth) * padded_columns(n); }

inline constexpr std::size_t tile_pairs = 16; ///< of a row in one matrix tile, or in a line of memory

/// Pairs of a row of a left side whose rows lie whole: each begins where a line of memory does.
constexpr std::size_t row_pairs(std::size_t depth) {
  return (pairs_of(depth) + tile_pairs - 1) / tile_pairs * tile_pairs;
}

/// The left side: the pair (2k, 2k + 1) of row r begins at data + r * row_step + k * pair_step.
struct Left {
  Bits const* data;
  std::size_t row_step, pair_step;

  bool rows_lie_whole() const { return pair_step == 2; }
  Left from(std::size_t row) const { return {data + row * row_step, row_step, pair_step}; }
};

/// What happens to C: it is written, added to, or written past the caches (more of it than they hold, or read much
/// later).
enum class Sums { set, add, set_far };

/// Whether rows of C lie in whole lines of memory, from each one's beginning to its end.
inline bool in_lines(float const* c, std::size_t stride, std::size_t columns) {
  return reinterpret_cast<std::uintptr_t>(c) % 64 == 0 && stride % vector_columns == 0 && columns % vector_columns == 0;
}

} // namespace srlm::bf16
