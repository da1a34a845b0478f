/// Who attends to what, when sequences share prefixes. A forward pass computes packed rows; each row belongs to a
/// segment, and a segment sees a list of pages that hold the keys and values of its positions 0, 1, 2, ... Segments
/// that share a prefix share its full pages, so a prompt is computed and stored once for all its answers.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace srlm {

/// Positions a page. A page boundary is a position that is a multiple of this, whatever the batch: so the sums over
/// keys are formed in the same order in every batch.
inline constexpr std::size_t page_length = 64;

/// count consecutive rows from `row` on, at positions `position`, `position + 1`, ...; row i attends to the positions
/// 0 .. position + i. Its page j (positions 64 j .. 64 j + 63) is page_table[first_page + j].
struct AttentionSegment {
  std::size_t row, count, position, first_page;
};

/// Key and value of packed row `row` are stored in slot page * page_length + offset. A row that ends a shared prefix
/// inside a page is written once a copy of that page.
struct KeyWrite {
  std::int32_t row, slot;
};

/// Slot `from` is copied to slot `to`: a branch that begins inside a page gets its own copy of what is before it.
struct KeyCopy {
  std::int32_t from, to;
};

/// Sequences that share prefixes form a tree; trees share nothing. Each begins at these indices and ends where the next
/// begins.
struct AttentionTree {
  std::size_t first_segment, first_page, first_write;
};

struct AttentionLayout {
  std::vector<AttentionSegment> segments;
  std::vector<AttentionTree> trees; ///< empty for layouts that are never differentiated
  std::vector<std::int32_t> page_table;
  std::vector<KeyWrite> writes;
  std::size_t rows = 0, pages = 0; ///< packed rows; pages that exist
};

/// heads query heads share kv_heads key heads, heads / kv_heads each.
struct AttentionShape {
  std::size_t heads, kv_heads, head_dim;

  std::size_t group() const { return heads / kv_heads; }
  /// floats of one page: keys and values of all key heads
  std::size_t page_floats() const { return 2 * kv_heads * head_dim * page_length; }
};

} // namespace srlm
