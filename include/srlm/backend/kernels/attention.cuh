/// Attention over pages, forward: out = softmax(q k^T / sqrt(D)) v, causal, grouped queries, prefixes shared. A block
/// works on a tile of 64 rows (queries x the query heads of one key head) and goes over its pages once, with the
/// running maximum and sum of each row (Dao et al. 2022). Keys are taken in whole pages in the order of positions, so a
/// row's bits do not depend on its batch. Bound: flops, 4 D for each query, query head and key.
///
/// Decoding is the same kernel over other tiles: the queries that share a run of pages are one tile, long runs are cut,
/// each (query, run) is written apart, and merge_parts puts a query's parts together by their log-sum-exp.
#pragma once
#include <srlm/backend/kernels/attention_tile.cuh>

namespace srlm::kernels {

/// Bytes of shared memory of `attention`: queries, keys or values, weights.
template <unsigned Depth, class Number = float>
inline constexpr std::size_t attention_bytes = (std::size_t{2} * page_rows * depth_stride<Depth, Number> +
                                                page_rows * square_stride<Number>)*sizeof(Number);

/// q [T, heads * D]; pages as in pages.cuh, of floats or of bf16, which products then round their factors to; out
/// [targets, heads * D]; log_sum [targets, heads]. Launch: tiles x kv_heads blocks of 128; attention_bytes.
template <unsigned Depth, class Layout, class Element, class Number>
__global__ void __launch_bounds__(attention_threads, sizeof(Number) == 2 ? 3 : 0) // else registers too few are taken
    attention(Layout layout, Rows<Element const> q, Number const* pages, HeadSizes sizes, float scale,
              Rows<Element> out, Rows<float> log_sum) {
  constexpr unsigned stride = depth_stride<Depth, Number>, across = square_stride<Number>;
  Number* const queries = dynamic_shared_memory<Number>();
  Number* const keys = queries + page_rows * stride;
  Number* const weights = keys + page_rows * stride;
  QueryTile const tile = layout.tile(blockIdx.x);
  TileRows<Layout> const rows{layout, tile, sizes, blockIdx.y};
  unsigned const first_row = threadIdx.x / warp_threads * 16;
  unsigned seen[2];
  float top[2] = {-INFINITY, -INFINITY}, sum[2] = {0, 0};
  for (unsigned half = 0; half < 2; ++half) {
    seen[half] = rows.keys(first_row + WarpTile<8>::row(2 * half));
  }
  WarpTile<Depth / 8> output;
  output.clear();
  rows.template load<Depth>(q, scale, queries);

  for (unsigned j = static_cast<unsigned>(tile.begin); j < static_cast<unsigned>(tile.end); ++j) {
    std::size_t const page = layout.page(tile, j);
    unsigned const present = keys_present(tile, j);
    __syncthreads(); // the values of the page before have been read
    load_page<Depth>(pages + sizes.offset(page, blockIdx.y, 0), present, sizes.depth, keys);
    __syncthreads();
    WarpTile<8> score;
    score.clear();
    multiply_add<Depth, stride, 1, 1, stride>(score, warp_rows<stride>(queries), keys);
    for (unsigned half = 0; half < 2; ++half) {
      float highest = top[half];
      for (unsigned n = 0; n < 8; ++n) {
        for (unsigned e = 2 * half; e < 2 * half + 2; ++e) {
          bool const visible = j * page_rows + score.column(n, e) < seen[half];
          score.at[n][e] = visible ? score.at[n][e] : -INFINITY;
          highest = Larger{}(highest, score.at[n][e]);
        }
      }
      highest = warp_reduce(highest, Larger{}, 4);
      float const shift = highest == -INFINITY ? 0.0f : highest, before = expf(top[half] - shift);
      float here = 0;
      for (unsigned n = 0; n < 8; ++n) {
        for (unsigned e = 2 * half; e < 2 * half + 2; ++e) {
          score.at[n][e] = expf(score.at[n][e] - shift);
          here += score.at[n][e];
        }
      }
      sum[half] = sum[half] * before + warp_reduce(here, Plus{}, 4);
      top[half] = highest;
      for (unsigned n = 0; n < Depth / 8; ++n) {
        for (unsigned e = 2 * half; e < 2 * half + 2; ++e) {
          output.at[n][e] *= before;
        }
      }
    }
    store_square(score, weights);
    __syncthreads(); // the keys have been read; the weights are there
    load_page<Depth>(pages + sizes.offset(page, blockIdx.y, 1), present, sizes.depth, keys);
    __syncthreads();
    multiply_add<page_rows, across, 1, stride, 1>(output, warp_rows<across>(weights), keys);
  }

  for (unsigned half = 0; half < 2; ++half) {
    unsigned const r = first_row + WarpTile<8>::row(2 * half);
    if (r < rows.count()) {
      std::size_t const target = static_cast<std::size_t>(rows.query(r).target);
      unsigned const head = rows.query_head(r);
      float const inverse = sum[half] > 0.0f ? 1.0f / sum[half] : 0.0f;
      for (unsigned n = 0; n < Depth / 8; ++n) {
        for (unsigned e = 2 * half; e < 2 * half + 2; ++e) {
          unsigned const c = output.column(n, e);
          if (c < sizes.depth) {
            out[target][head * sizes.depth + c] = static_cast<Element>(output.at[n][e] * inverse);
          }
        }
      }
      if (threadIdx.x % 4 == 0) {
        log_sum[target][head] = top[half] + logf(sum[half]);
      }
    }
  }
}

/// The parts of a query: rows [first, first + count) of the partial outputs, for row `row` of the output.
struct QueryParts {
  std::int32_t row, first, count;
};

/// out[row] = sum over parts of exp(log_sum[part] - log_sum[row]) part, where exp(log_sum[row]) is the sum of the
/// parts'. Launch: queries x heads blocks of any number of threads.
template <class Element>
__global__ void merge_parts(QueryParts const* queries, Rows<float const> parts, Rows<float const> part_sums,
                            unsigned depth, Rows<Element> out, Rows<float> log_sum) {
  QueryParts const query = queries[blockIdx.x];
  unsigned const head = blockIdx.y;
  float top = -INFINITY, sum = 0;
  for (std::int32_t i = query.first; i < query.first + query.count; ++i) {
    top = Larger{}(top, part_sums[static_cast<std::size_t>(i)][head]);
  }
  for (std::int32_t i = query.first; i < query.first + query.count; ++i) {
    sum += expf(part_sums[static_cast<std::size_t>(i)][head] - top);
  }
  float const whole = top + logf(sum);
  for (unsigned c = threadIdx.x; c < depth; c += blockDim.x) {
    float value = 0;
    for (std::int32_t i = query.first; i < query.first + query.count; ++i) {
      std::size_t const part = static_cast<std::size_t>(i);
      value += expf(part_sums[part][head] - whole) * parts[part][head * depth + c];
    }
    out[static_cast<std::size_t>(query.row)][head * depth + c] = static_cast<Element>(value);
  }
  if (threadIdx.x == 0) {
    log_sum[static_cast<std::size_t>(query.row)][head] = whole;
  }
}

} // namespace srlm::kernels
