/// Attention over pages, backward. Weights P are computed again from the saved log-sum-exp (Dao et al. 2022, appendix
/// B):
///   dV = P^T dO,  dP = dO V^T,  dS = P (dP - <dO, O>),  dQ = dS K / sqrt(D),  dK = dS^T Q / sqrt(D).
/// One kernel goes over queries and sums dQ along the pages they see; one goes over pages and sums dK and dV along the
/// tiles that see them. Both sums have one order, without atomics. Bound: flops, 14 D for each query, query head and
/// key.
#pragma once
#include <srlm/backend/kernels/attention_tile.cuh>

namespace srlm::kernels {

/// dots [T, heads] = <d_out, out> a head. Launch: T x heads blocks of one warp.
template <class Element>
__global__ void attention_dots(Rows<Element const> out, Rows<Element const> d_out, unsigned depth, Rows<float> dots) {
  Element const *const a = out[blockIdx.x] + blockIdx.y * depth, *const b = d_out[blockIdx.x] + blockIdx.y * depth;
  float sum = 0;
  for (unsigned c = threadIdx.x; c < depth; c += warp_threads) {
    sum += static_cast<float>(a[c]) * static_cast<float>(b[c]);
  }
  sum = warp_reduce(sum, Plus{});
  if (threadIdx.x == 0) {
    dots[blockIdx.x][blockIdx.y] = sum;
  }
}

/// What both kernels read.
template <class Layout, class Element, class Number = float>
struct AttentionPast {
  Layout layout;
  Rows<Element const> q, d_out;
  Rows<float const> log_sum, dots;
  Number const* pages;
  HeadSizes sizes;
  float scale; ///< 1 / sqrt(D)
};

/// Bytes of shared memory of both kernels: queries, their d_out, keys, values, a square, and two numbers a query.
template <unsigned Depth, class Number = float>
inline constexpr std::size_t attention_backward_bytes = (std::size_t{4} * page_rows * depth_stride<Depth, Number> +
                                                         page_rows * square_stride<Number>)*sizeof(Number) +
                                                        2 * page_rows * sizeof(float);

/// That shared memory by its names.
template <unsigned Depth, class Number>
struct BackwardRoom {
  Number *queries, *d_outs, *keys, *values, *square;
  float *log_sums, *dots;

  __device__ BackwardRoom() {
    constexpr unsigned tile = page_rows * depth_stride<Depth, Number>;
    queries = dynamic_shared_memory<Number>();
    d_outs = queries + tile;
    keys = d_outs + tile;
    values = keys + tile;
    square = values + tile;
    log_sums = reinterpret_cast<float*>(square + page_rows * square_stride<Number>);
    dots = log_sums + page_rows;
  }
};

/// A tile's rows to shared memory: scaled queries, d_out, log_sum and dots; infinity as the log_sum of rows that there
/// are not, whose weights are therefore 0.
template <unsigned Depth, class Layout, class Element, class Number>
__device__ void load_rows(AttentionPast<Layout, Element, Number> const& past, TileRows<Layout> const& rows,
                          BackwardRoom<Depth, Number> const& room) {
  rows.template load<Depth>(past.q, past.scale, room.queries);
  rows.template load<Depth>(past.d_out, 1.0f, room.d_outs);
  for (unsigned r = threadIdx.x; r < page_rows; r += attention_threads) {
    bool const there = r < rows.count();
    std::size_t const row = there ? static_cast<std::size_t>(rows.query(r).row) : 0;
    room.log_sums[r] = there ? past.log_sum[row][rows.query_head(r)] : INFINITY;
    room.dots[r] = there ? past.dots[row][rows.query_head(r)] : 0.0f;
  }
}

/// d_q [T, heads * D] is written. Launch: tiles x kv_heads blocks of 128; attention_backward_bytes.
template <unsigned Depth, class Layout, class Element, class Number>
__global__ void __launch_bounds__(attention_threads)
    attention_queries_backward(AttentionPast<Layout, Element, Number> past, Rows<Element> d_q) {
  constexpr unsigned stride = depth_stride<Depth, Number>, across = square_stride<Number>;
  BackwardRoom<Depth, Number> const room;
  HeadSizes const& sizes = past.sizes;
  QueryTile const tile = past.layout.tile(blockIdx.x);
  TileRows<Layout> const rows{past.layout, tile, sizes, blockIdx.y};
  unsigned const first_row = threadIdx.x / warp_threads * 16;
  WarpTile<Depth / 8> d_query;
  d_query.clear();
  load_rows(past, rows, room);

  for (unsigned j = static_cast<unsigned>(tile.begin); j < static_cast<unsigned>(tile.end); ++j) {
    std::size_t const page = past.layout.page(tile, j);
    unsigned const present = keys_present(tile, j);
    __syncthreads(); // the keys of the page before have been read
    load_page<Depth>(past.pages + sizes.offset(page, blockIdx.y, 0), present, sizes.depth, room.keys);
    load_page<Depth>(past.pages + sizes.offset(page, blockIdx.y, 1), present, sizes.depth, room.values);
    __syncthreads();
    WarpTile<8> weight, d_weight;
    weight.clear();
    d_weight.clear();
    multiply_add<Depth, stride, 1, 1, stride>(weight, warp_rows<stride>(room.queries), room.keys);
    multiply_add<Depth, stride, 1, 1, stride>(d_weight, warp_rows<stride>(room.d_outs), room.values);
    for (unsigned e = 0; e < 4; ++e) {
      unsigned const r = first_row + WarpTile<8>::row(e), seen = rows.keys(r);
      float const log_sum = room.log_sums[r], dot = room.dots[r];
      for (unsigned n = 0; n < 8; ++n) {
        bool const visible = j * page_rows + weight.column(n, e) < seen;
        d_weight.at[n][e] = visible ? expf(weight.at[n][e] - log_sum) * (d_weight.at[n][e] - dot) : 0.0f;
      }
    }
    store_square(d_weight, room.square);
    __syncwarp(); // a warp reads the rows that it wrote
    multiply_add<page_rows, across, 1, stride, 1>(d_query, warp_rows<across>(room.square), room.keys);
  }

  for (unsigned e = 0; e < 4; ++e) {
    unsigned const r = first_row + WarpTile<8>::row(e);
    if (r < rows.count()) {
      Element* const to = d_q[static_cast<std::size_t>(rows.query(r).row)] + rows.query_head(r) * sizes.depth;
      for (unsigned n = 0; n < Depth / 8; ++n) {
        unsigned const c = d_query.column(n, e);
        if (c < sizes.depth) {
          to[c] = static_cast<Element>(past.scale * d_query.at[n][e]);
        }
      }
    }
  }
}

/// Who sees a page, in device memory.
struct VisitLists {
  std::int32_t const* first;
  PageVisit const* visits;

  __device__ unsigned begin(unsigned page) const { return static_cast<unsigned>(first[page]); }
  __device__ unsigned end(unsigned page) const { return static_cast<unsigned>(first[page + 1]); }
  __device__ PageVisit visit(unsigned i) const { return visits[i]; }
};

/// d_pages, in the order of pages, is written for every slot that a row sees; what other slots get says nothing.
/// A warp has 16 keys. Launch: pages x kv_heads blocks of 128; attention_backward_bytes.
template <unsigned Depth, class Layout, class Visits, class Element, class Number>
__global__ void __launch_bounds__(attention_threads, sizeof(Number) == 2 ? 2 : 0) // else a register too few is taken
    attention_keys_backward(AttentionPast<Layout, Element, Number> past, Visits visits, float* d_pages) {
  constexpr unsigned stride = depth_stride<Depth, Number>, across = square_stride<Number>;
  BackwardRoom<Depth, Number> const room;
  HeadSizes const& sizes = past.sizes;
  unsigned const first_key = threadIdx.x / warp_threads * 16;
  std::size_t const at_keys = sizes.offset(blockIdx.x, blockIdx.y, 0),
                    at_values = sizes.offset(blockIdx.x, blockIdx.y, 1);
  load_page<Depth>(past.pages + at_keys, page_rows, sizes.depth, room.keys);
  load_page<Depth>(past.pages + at_values, page_rows, sizes.depth, room.values);
  WarpTile<Depth / 8> d_key, d_value;
  d_key.clear();
  d_value.clear();

  for (unsigned i = visits.begin(blockIdx.x); i < visits.end(blockIdx.x); ++i) {
    PageVisit const visit = visits.visit(i);
    QueryTile const tile = past.layout.tile(static_cast<unsigned>(visit.tile));
    TileRows<Layout> const rows{past.layout, tile, sizes, blockIdx.y};
    __syncthreads(); // the rows of the visit before have been read
    load_rows(past, rows, room);
    __syncthreads();
    WarpTile<8> weight, d_weight; // transposed: a row is a key, a column a query
    weight.clear();
    d_weight.clear();
    multiply_add<Depth, stride, 1, 1, stride>(weight, warp_rows<stride>(room.keys), room.queries);
    multiply_add<Depth, stride, 1, 1, stride>(d_weight, warp_rows<stride>(room.values), room.d_outs);
    for (unsigned n = 0; n < 8; ++n) {
      for (unsigned e = 0; e < 4; ++e) {
        unsigned const r = weight.column(n, e);
        bool const visible = static_cast<unsigned>(visit.index) * page_rows + first_key + weight.row(e) < rows.keys(r);
        weight.at[n][e] = visible ? expf(weight.at[n][e] - room.log_sums[r]) : 0.0f;
        d_weight.at[n][e] = visible ? weight.at[n][e] * (d_weight.at[n][e] - room.dots[r]) : 0.0f;
      }
    }
    store_square(weight, room.square);
    __syncwarp();
    multiply_add<page_rows, across, 1, stride, 1>(d_value, warp_rows<across>(room.square), room.d_outs);
    __syncwarp();
    store_square(d_weight, room.square);
    __syncwarp();
    multiply_add<page_rows, across, 1, stride, 1>(d_key, warp_rows<across>(room.square), room.queries);
    __syncwarp();
  }

  for (unsigned n = 0; n < Depth / 8; ++n) {
    for (unsigned e = 0; e < 4; ++e) {
      unsigned const c = d_key.column(n, e);
      if (c < sizes.depth) {
        std::size_t const place = std::size_t{first_key + d_key.row(e)} * sizes.depth + c;
        d_pages[at_keys + place] = d_key.at[n][e];
        d_pages[at_values + place] = d_value.at[n][e];
      }
    }
  }
}

} // namespace srlm::kernels
