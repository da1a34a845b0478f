/// Attention of one sequence, its layout computed in place of read: for proofs from PTX, which know no addresses that
/// come from data. Row r sees the keys 0 .. before + r; page j lies at j.
#pragma once
#include <srlm/backend/kernels/attention.cuh>
#include <srlm/backend/kernels/attention_backward.cuh>

namespace srlm::kernels {

struct DenseLayout {
  int rows_a_tile, rows, before;

  __device__ QueryTile tile(unsigned t) const {
    int const first = static_cast<int>(t) * rows_a_tile, left = rows - first,
              count = left < rows_a_tile ? left : rows_a_tile, keys = before + first + count;
    return {first, count, 0, 0, (keys + static_cast<int>(page_rows) - 1) / static_cast<int>(page_rows), keys};
  }
  __device__ TileQuery query(QueryTile const& tile, unsigned i) const {
    int const row = tile.first + static_cast<int>(i);
    return {row, row, before + row + 1};
  }
  __device__ std::size_t page(QueryTile const&, unsigned j) const { return j; }
};

/// Every tile sees page 0.
struct DenseVisits {
  unsigned tiles;

  __device__ unsigned begin(unsigned) const { return 0; }
  __device__ unsigned end(unsigned page) const { return page == 0 ? tiles : 0; }
  __device__ PageVisit visit(unsigned i) const { return {static_cast<int>(i), 0}; }
};

} // namespace srlm::kernels
