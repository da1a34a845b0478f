/// Attention over pages on the host, forward. out = softmax(q k^T / sqrt(D)) v, causal, with shared prefixes.
///
/// Determinism: a score is a sum over D in order; weights and outputs are summed over positions in order, in pages
/// whose borders are multiples of 64 positions. So a row's bits depend on its own sequence alone: not on the batch, not
/// on how prefixes were shared, not on threads.
#pragma once
#include <srlm/backend/host_rows.hpp> // row_of
#include <srlm/backend/lanes.hpp>
#include <cmath> // sqrt, log
#include <limits>
#include <vector>

namespace srlm::host {

/// Queries that are worked on together; a tile of them shares each load of a key or a value.
inline constexpr std::size_t query_rows = 16, query_tile = 4;

/// Where a head's keys ([D][64], transposed) and values ([64][D]) lie in its page.
struct PageView {
  float *keys, *values;
};

inline PageView page_view(std::span<float> pages, AttentionShape const& shape, std::size_t page, std::size_t head) {
  std::size_t const half = shape.head_dim * page_length;
  float* const keys = pages.data() + page * shape.page_floats() + head * 2 * half;
  return {keys, keys + half};
}

/// Stores packed keys and values in their slots. k, v [T, kv_heads * D].
template <class B>
void write_keys(int threads, MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes,
                AttentionShape const& shape, std::span<float> pages) {
  parallel_ranges(threads, writes.size(), row_grain, element_work * writes.size() * k.cols,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t w = begin; w < end; ++w) {
                      auto const slot = static_cast<std::size_t>(writes[w].slot),
                                 row = static_cast<std::size_t>(writes[w].row);
                      std::size_t const offset = slot % page_length;
                      for (std::size_t h = 0; h < shape.kv_heads; ++h) {
                        PageView const page = page_view(pages, shape, slot / page_length, h);
                        float const *const key = row_of(k, row) + h * shape.head_dim, *const value = row_of(v, row) +
                                                                                                     h * shape.head_dim;
                        for (std::size_t d = 0; d < shape.head_dim; ++d) {
                          page.keys[d * page_length + offset] = key[d];
                          page.values[offset * shape.head_dim + d] = value[d];
                        }
                      }
                    }
                  });
}

inline void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
  for (KeyCopy const& copy : copies) {
    auto const from = static_cast<std::size_t>(copy.from), to = static_cast<std::size_t>(copy.to);
    for (std::size_t h = 0; h < shape.kv_heads; ++h) {
      PageView const source = page_view(pages, shape, from / page_length, h);
      PageView const target = page_view(pages, shape, to / page_length, h);
      for (std::size_t d = 0; d < shape.head_dim; ++d) {
        target.keys[d * page_length + to % page_length] = source.keys[d * page_length + from % page_length];
        target.values[to % page_length * shape.head_dim + d] = source.values[from % page_length * shape.head_dim + d];
      }
    }
  }
}

/// scores[r][0..63] = <q[r], key>, for 4 queries and the 64 keys of a page. q [4][D]; scores have stride score_stride.
inline void page_scores(float const* q, std::size_t head_dim, float const* keys, float* scores,
                        std::size_t score_stride) {
  constexpr std::size_t registers = 4, width = registers * lane_count;
  static_assert(page_length % width == 0);
  for (std::size_t column = 0; column < page_length; column += width) {
    Lanes sum[query_tile][registers] = {};
    for (std::size_t d = 0; d < head_dim; ++d) {
      Lanes key[registers];
      for (std::size_t i = 0; i < registers; ++i) {
        key[i] = load(keys + d * page_length + column + i * lane_count);
      }
      for (std::size_t r = 0; r < query_tile; ++r) {
        float const factor = q[r * head_dim + d];
        for (std::size_t i = 0; i < registers; ++i) {
          sum[r][i] += factor * key[i];
        }
      }
    }
    for (std::size_t r = 0; r < query_tile; ++r) {
      for (std::size_t i = 0; i < registers; ++i) {
        store(sum[r][i], scores + r * score_stride + column + i * lane_count);
      }
    }
  }
}

/// out[r] += sum over the first `count` positions of a page of weight[r][j] * value[j], for 4 queries. out [4][D].
inline void add_weighted_values(float const* weights, std::size_t weight_stride, float const* values, std::size_t count,
                                std::size_t head_dim, float* out) {
  constexpr std::size_t registers = 4, width = registers * lane_count;
  std::size_t column = 0;
  for (; column + width <= head_dim; column += width) {
    Lanes sum[query_tile][registers];
    for (std::size_t r = 0; r < query_tile; ++r) {
      for (std::size_t i = 0; i < registers; ++i) {
        sum[r][i] = load(out + r * head_dim + column + i * lane_count);
      }
    }
    for (std::size_t j = 0; j < count; ++j) {
      Lanes value[registers];
      for (std::size_t i = 0; i < registers; ++i) {
        value[i] = load(values + j * head_dim + column + i * lane_count);
      }
      for (std::size_t r = 0; r < query_tile; ++r) {
        float const weight = weights[r * weight_stride + j];
        for (std::size_t i = 0; i < registers; ++i) {
          sum[r][i] += weight * value[i];
        }
      }
    }
    for (std::size_t r = 0; r < query_tile; ++r) {
      for (std::size_t i = 0; i < registers; ++i) {
        store(sum[r][i], out + r * head_dim + column + i * lane_count);
      }
    }
  }
  for (; column < head_dim; ++column) { // head dimensions that are not a multiple of the width
    for (std::size_t r = 0; r < query_tile; ++r) {
      float sum = out[r * head_dim + column];
      for (std::size_t j = 0; j < count; ++j) {
        sum += weights[r * weight_stride + j] * values[j * head_dim + column];
      }
      out[r * head_dim + column] = sum;
    }
  }
}

/// Scores of a row become exp(score - top) over its first `valid` positions and 0 after; returns log(sum(exp(score))),
/// and the sum itself through `total`.
inline float exponentiate(float* row, std::size_t valid, std::size_t padded, float& total) {
  constexpr float lowest = -std::numeric_limits<float>::infinity();
  std::fill(row + valid, row + padded, lowest);
  Block tops = Block::Constant(lowest);
  for (std::size_t i = 0; i < padded; i += block_length) {
    tops = tops.max(BlockMap(row + i));
  }
  float const top = tops.maxCoeff();
  Block sums = Block::Zero();
  for (std::size_t i = 0; i < padded; i += block_length) {
    Block e = (BlockMap(row + i) - top).exp();
    if (i + block_length > valid) { // exp(-inf) is not exactly 0 in every vector library
      std::fill(e.data() + (valid > i ? valid - i : 0), e.data() + block_length, 0.0f);
    }
    BlockMap(row + i) = e;
    sums += e;
  }
  double const sum = sum_of(sums);
  total = static_cast<float>(sum);
  return static_cast<float>(static_cast<double>(top) + std::log(sum));
}

/// q, out [T, heads * D]; log_sum [T, heads]: log of the softmax denominators, for the backward pass.
template <class B>
void attention(int threads, MatrixView<B> q, std::span<float> pages, AttentionLayout const& layout,
               AttentionShape const& shape, MatrixView<B> out, MatrixView<B> log_sum) {
  struct Task {
    std::size_t segment, head, first, count;
  };
  std::vector<Task> tasks; // one head's tasks lie together, so that shared pages stay in the cache
  for (std::size_t h = 0; h < shape.kv_heads; ++h) {
    for (std::size_t s = 0; s < layout.segments.size(); ++s) {
      for (std::size_t i = 0; i < layout.segments[s].count; i += query_rows) {
        tasks.push_back({s, h, i, std::min(query_rows, layout.segments[s].count - i)});
      }
    }
  }
  std::size_t const group = shape.group(), depth = shape.head_dim;
  float const scale = 1.0f / std::sqrt(static_cast<float>(depth));
  std::size_t const grain = tasks.size() < 64 ? 1 : 8;
  std::size_t keys = 0; // query-key pairs, about
  for (AttentionSegment const& s : layout.segments) {
    keys += s.count * (s.position + s.count);
  }

  parallel_ranges(
      threads, tasks.size(), grain, 4 * keys * shape.heads * depth, [&](std::size_t begin, std::size_t end) {
        std::vector<float> queries, scores, sums, totals;
        for (std::size_t t = begin; t < end; ++t) {
          auto const [s, h, first, count] = tasks[t];
          AttentionSegment const& segment = layout.segments[s];
          std::size_t const rows = count * group, tiles = (rows + query_tile - 1) / query_tile,
                            padded = tiles * query_tile;
          std::size_t const last = segment.position + first + count, used = (last + page_length - 1) / page_length;
          std::size_t const width = used * page_length;
          queries.assign(padded * depth, 0.0f);
          sums.assign(padded * depth, 0.0f);
          scores.resize(padded * width);
          totals.resize(rows);
          for (std::size_t i = 0; i < rows; ++i) {
            float const* const from = row_of(q, segment.row + first + i / group) + (h * group + i % group) * depth;
            for (std::size_t d = 0; d < depth; ++d) {
              queries[i * depth + d] = from[d] * scale;
            }
          }
          for (std::size_t j = 0; j < used; ++j) {
            auto const page = static_cast<std::size_t>(layout.page_table[segment.first_page + j]);
            PageView const view = page_view(pages, shape, page, h);
            for (std::size_t tile = 0; tile < tiles; ++tile) {
              page_scores(queries.data() + tile * query_tile * depth, depth, view.keys,
                          scores.data() + tile * query_tile * width + j * page_length, width);
            }
          }
          for (std::size_t i = 0; i < padded; ++i) {
            std::size_t const valid = i < rows ? segment.position + first + i / group + 1 : 1;
            float total = 1;
            float const value = exponentiate(scores.data() + i * width, valid, width, total);
            if (i < rows) {
              row_of(log_sum, segment.row + first + i / group)[h * group + i % group] = value;
              totals[i] = total;
            }
          }
          for (std::size_t j = 0; j < used; ++j) {
            auto const page = static_cast<std::size_t>(layout.page_table[segment.first_page + j]);
            PageView const view = page_view(pages, shape, page, h);
            std::size_t const present = std::min(page_length, last - j * page_length);
            for (std::size_t tile = 0; tile < tiles; ++tile) {
              add_weighted_values(scores.data() + tile * query_tile * width + j * page_length, width, view.values,
                                  present, depth, sums.data() + tile * query_tile * depth);
            }
          }
          for (std::size_t i = 0; i < rows; ++i) {
            float* const to = row_of(out, segment.row + first + i / group) + (h * group + i % group) * depth;
            for (std::size_t d = 0; d < depth; ++d) {
              to[d] = sums[i * depth + d] / totals[i];
            }
          }
        }
      });
}

} // namespace srlm::host
