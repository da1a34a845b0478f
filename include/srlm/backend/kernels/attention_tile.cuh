/// The 64 x 64 tile that the attention kernels are made of: four warps, each with 16 rows. A thread owns the elements
/// that mma.m16n8 accumulators give it, so that tensor cores take the place of multiply_add and nothing else moves: of
/// the 8 columns n it has rows lane / 4 and lane / 4 + 8, columns 2 (lane % 4) and the next. Number: what the factors
/// of products are in shared memory, float, or bf16 for tensor cores; sums are f32.
#pragma once
#include <srlm/backend/attention_tiles.hpp>
#include <srlm/backend/kernels/pages.cuh>
#include <srlm/backend/kernels/reduce.cuh>
#include <srlm/backend/kernels/tensor_core.cuh>

namespace srlm::kernels {

inline constexpr unsigned attention_threads = 128;

/// A head's numbers are padded with zeros to Depth, 64 or 128; rows of a tile in shared memory lie this far apart, so
/// that the 8 rows of a warp's access fall into different banks.
template <unsigned Depth, class Number = float>
inline constexpr unsigned depth_stride = Depth + 16 / sizeof(Number);
template <class Number>
inline constexpr unsigned square_stride = page_rows + 16 / sizeof(Number);

/// 16 x 8N elements of a warp's product.
template <unsigned N>
struct WarpTile {
  float at[N][4];

  __device__ static unsigned row(unsigned element) { return threadIdx.x % warp_threads / 4 + element / 2 * 8; }
  __device__ static unsigned column(unsigned n, unsigned element) { return n * 8 + threadIdx.x % 4 * 2 + element % 2; }
  __device__ void clear() {
    for (unsigned n = 0; n < N; ++n) {
      for (unsigned e = 0; e < 4; ++e) {
        at[n][e] = 0;
      }
    }
  }
};

/// tile[r][c] += sum over k < K of a[r * RowStep + k * AlongStep] * b[k * DownStep + c * ColumnStep], in order.
template <unsigned K, unsigned RowStep, unsigned AlongStep, unsigned DownStep, unsigned ColumnStep, unsigned N>
__device__ void multiply_add(WarpTile<N>& tile, float const* a, float const* b) {
  using Tile = WarpTile<N>;
  for (unsigned k = 0; k < K; ++k) {
    float const upper = a[Tile::row(0) * RowStep + k * AlongStep], lower = a[Tile::row(2) * RowStep + k * AlongStep];
    for (unsigned n = 0; n < N; ++n) {
      float const left = b[k * DownStep + Tile::column(n, 0) * ColumnStep],
                  right = b[k * DownStep + Tile::column(n, 1) * ColumnStep];
      tile.at[n][0] += upper * left;
      tile.at[n][1] += upper * right;
      tile.at[n][2] += lower * left;
      tile.at[n][3] += lower * right;
    }
  }
}

/// The same on tensor cores; the order within 16 of k is theirs.
template <unsigned K, unsigned RowStep, unsigned AlongStep, unsigned DownStep, unsigned ColumnStep, unsigned N>
__device__ void multiply_add(WarpTile<N>& tile, BFloat16 const* a, BFloat16 const* b) {
  static_assert(K % 16 == 0 && AlongStep == 1 && (DownStep == 1 || ColumnStep == 1));
  unsigned const lane = threadIdx.x % warp_threads;
  for (unsigned k = 0; k < K; k += 16) {
    std::uint32_t left[4], right[2];
    load_squares(left, a + lane % 16 * RowStep + k + lane / 16 * 8);
    for (unsigned n = 0; n < N; ++n) {
      if constexpr (DownStep == 1) { // b's columns lie along
        load_squares(right, b + (n * 8 + lane % 8) * ColumnStep + k + lane / 8 % 2 * 8);
      } else {
        load_squares_turned(right, b + (k + lane % 16) * DownStep + n * 8);
      }
      multiply_add_16x8x16(tile.at[n], left, right);
    }
  }
}

/// The warp's 16 rows of a tile in shared memory.
template <unsigned Stride, class Number>
__device__ Number* warp_rows(Number* tile) {
  return tile + threadIdx.x / warp_threads * 16 * Stride;
}

/// The tile to the warp's rows of a [64, 64] square in shared memory.
template <class Number>
__device__ void store_square(WarpTile<8> const& tile, Number* square) {
  Number* const rows = warp_rows<square_stride<Number>>(square);
  for (unsigned n = 0; n < 8; ++n) {
    for (unsigned e = 0; e < 4; ++e) {
      rows[tile.row(e) * square_stride<Number> + tile.column(n, e)] = static_cast<Number>(tile.at[n][e]);
    }
  }
}

/// Rows [0, present) of a page's keys or values, `depth` numbers each, to shared memory [64, Depth]; zeros elsewhere.
template <unsigned Depth>
__device__ void load_page(float const* from, unsigned present, unsigned depth, float* to) {
  for (unsigned i = threadIdx.x; i < page_rows * Depth; i += attention_threads) {
    unsigned const r = i / Depth, c = i % Depth;
    to[r * depth_stride<Depth> + c] = r < present && c < depth ? from[std::size_t{r} * depth + c] : 0.0f;
  }
}

/// The same, 16 bytes at once where a row's length allows it.
template <unsigned Depth>
__device__ void load_page(BFloat16 const* from, unsigned present, unsigned depth, BFloat16* to) {
  struct alignas(16) Eight {
    BFloat16 at[8];
  };
  for (unsigned i = threadIdx.x; i < page_rows * Depth / 8; i += attention_threads) {
    unsigned const r = i / (Depth / 8), c = i % (Depth / 8) * 8;
    BFloat16 const* const row = from + std::size_t{r} * depth;
    Eight eight;
    if (depth % 8 == 0 && r < present && c < depth) {
      eight = *reinterpret_cast<Eight const*>(row + c);
    } else {
      for (unsigned j = 0; j < 8; ++j) {
        eight.at[j] = r < present && c + j < depth ? row[c + j] : BFloat16(0.0f);
      }
    }
    *reinterpret_cast<Eight*>(to + r * depth_stride<Depth, BFloat16> + c) = eight;
  }
}

/// The layout of a batch in device memory, as the kernels read it.
struct TileLayout {
  QueryTile const* tiles;
  TileQuery const* queries;
  std::int32_t const* page_table;

  __device__ QueryTile tile(unsigned t) const { return tiles[t]; }
  __device__ TileQuery query(QueryTile const& tile, unsigned i) const {
    return queries[static_cast<unsigned>(tile.first) + i];
  }
  __device__ std::size_t page(QueryTile const& tile, unsigned j) const {
    return static_cast<std::size_t>(page_table[static_cast<unsigned>(tile.first_page) + j]);
  }
};

/// How many of page j's keys the tile needs.
__device__ inline unsigned keys_present(QueryTile const& tile, unsigned j) {
  unsigned const left = static_cast<unsigned>(tile.keys) - j * page_rows;
  return left < page_rows ? left : page_rows;
}

/// The rows of queries of a tile for key head `head`: row r is query r / group and query head head * group + r % group.
template <class Layout>
struct TileRows {
  Layout const& layout;
  QueryTile const& tile;
  HeadSizes const& sizes;
  unsigned head;

  __device__ unsigned count() const { return static_cast<unsigned>(tile.count) * sizes.group; }
  __device__ TileQuery query(unsigned r) const { return layout.query(tile, r / sizes.group); }
  __device__ unsigned query_head(unsigned r) const { return head * sizes.group + r % sizes.group; }
  /// How many keys row r sees; 0 behind the last row.
  __device__ unsigned keys(unsigned r) const { return r < count() ? static_cast<unsigned>(query(r).keys) : 0; }

  /// factor * their numbers in m [T, heads * D], to shared memory [64, Depth]; zeros elsewhere.
  template <unsigned Depth, class Element, class Number>
  __device__ void load(Rows<Element const> m, float factor, Number* to) const {
    for (unsigned i = threadIdx.x; i < page_rows * Depth; i += attention_threads) {
      unsigned const r = i / Depth, c = i % Depth;
      float value = 0;
      if (r < count() && c < sizes.depth) {
        value = factor * static_cast<float>(m[static_cast<std::size_t>(query(r).row)][query_head(r) * sizes.depth + c]);
      }
      to[r * depth_stride<Depth, Number> + c] = static_cast<Number>(value);
    }
  }
};

} // namespace srlm::kernels
