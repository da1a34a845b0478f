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

/// Queries that are worked on together.
inline constexpr std::size_t query_rows = 16;

/// Pages of f32: a head's keys [D][64], transposed, then its values [64][D].
struct F32Pages {
  static constexpr std::size_t number_bytes = sizeof(float);
  struct View {
    float *keys, *values;
  };

  static View view(std::span<float> pages, AttentionShape const& shape, std::size_t page, std::size_t head) {
    std::size_t const half = shape.head_dim * page_length;
    float* const keys = pages.data() + page * shape.page_floats() + head * 2 * half;
    return {keys, keys + half};
  }
  static void write(View const& page, std::size_t offset, std::size_t depth, float const* key, float const* value) {
    for (std::size_t d = 0; d < depth; ++d) {
      page.keys[d * page_length + offset] = key[d];
      page.values[offset * depth + d] = value[d];
    }
  }
  static void copy(View const& from, std::size_t from_offset, View const& to, std::size_t offset, std::size_t depth) {
    for (std::size_t d = 0; d < depth; ++d) {
      to.keys[d * page_length + offset] = from.keys[d * page_length + from_offset];
      to.values[offset * depth + d] = from.values[from_offset * depth + d];
    }
  }
  class Tile;
};

/// Stores packed keys and values in their slots. k, v [T, kv_heads * D].
template <class B, class Pages = F32Pages>
void write_keys(int threads, MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes,
                AttentionShape const& shape, std::span<float> pages) {
  parallel_ranges(
      threads, writes.size(), row_grain, element_work * writes.size() * k.cols,
      [&](std::size_t begin, std::size_t end) {
        for (std::size_t w = begin; w < end; ++w) {
          auto const slot = static_cast<std::size_t>(writes[w].slot), row = static_cast<std::size_t>(writes[w].row);
          for (std::size_t h = 0; h < shape.kv_heads; ++h) {
            Pages::write(Pages::view(pages, shape, slot / page_length, h), slot % page_length, shape.head_dim,
                         row_of(k, row) + h * shape.head_dim, row_of(v, row) + h * shape.head_dim);
          }
        }
      });
}

template <class Pages = F32Pages>
void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
  for (KeyCopy const& copy : copies) {
    auto const from = static_cast<std::size_t>(copy.from), to = static_cast<std::size_t>(copy.to);
    for (std::size_t h = 0; h < shape.kv_heads; ++h) {
      Pages::copy(Pages::view(pages, shape, from / page_length, h), from % page_length,
                  Pages::view(pages, shape, to / page_length, h), to % page_length, shape.head_dim);
    }
  }
}

/// Scores of a row become exp(score - top) over its first `valid` positions and 0 after; returns log(sum(exp(score))),
/// and the sum itself through `total`.
inline float exponentiate(VectorFunctions const& vector, float* row, std::size_t valid, std::size_t padded,
                          float& total) {
  float const top = vector.largest(row, valid);
  double const sum = vector.exponentials(row, top, 1.0f, 1.0f, row, valid);
  std::fill(row + valid, row + padded, 0.0f);
  total = static_cast<float>(sum);
  return static_cast<float>(static_cast<double>(top) + std::log(sum));
}

/// Rows of queries against the pages that they see: all scores, then weights, then sums of values.
class F32Pages::Tile {
 public:
  explicit Tile(VectorFunctions const& vector) : vector_(&vector) {}
  /// width: positions, in whole pages.
  void begin(std::size_t rows, std::size_t depth, std::size_t width) {
    tiles_ = (rows + query_tile - 1) / query_tile;
    depth_ = depth;
    width_ = width;
    queries_.assign(tiles_ * query_tile * depth, 0.0f);
    sums_.assign(tiles_ * query_tile * depth, 0.0f);
    scores_.resize(tiles_ * query_tile * width);
  }
  void query(std::size_t row, float const* q, float scale) {
    for (std::size_t d = 0; d < depth_; ++d) {
      queries_[row * depth_ + d] = q[d] * scale;
    }
  }
  void score(View const& page, std::size_t index) {
    for (std::size_t tile = 0; tile < tiles_; ++tile) {
      vector_->page_scores(queries_.data() + tile * query_tile * depth_, depth_, page.keys,
                           scores_.data() + tile * query_tile * width_ + index * page_length, width_);
    }
  }
  float* scores(std::size_t row) { return scores_.data() + row * width_; }
  /// The row's scores have become weights.
  void weigh(std::size_t) {}
  /// Adds the first `present` values of a page.
  void add(View const& page, std::size_t index, std::size_t present) {
    for (std::size_t tile = 0; tile < tiles_; ++tile) {
      vector_->add_weighted_values(scores_.data() + tile * query_tile * width_ + index * page_length, width_,
                                   page.values, present, depth_, sums_.data() + tile * query_tile * depth_);
    }
  }
  float const* sums(std::size_t row) const { return sums_.data() + row * depth_; }

 private:
  VectorFunctions const* vector_;
  std::size_t tiles_ = 0, depth_ = 0, width_ = 0;
  std::vector<float> queries_, scores_, sums_;
};

/// q, out [T, heads * D]; log_sum [T, heads]: log of the softmax denominators, for the backward pass.
template <class B, class Pages = F32Pages>
void attention(int threads, VectorFunctions const& vector, MatrixView<B> q, std::span<float> pages,
               AttentionLayout const& layout, AttentionShape const& shape, MatrixView<B> out, MatrixView<B> log_sum) {
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
  std::size_t const group = shape.group(), depth = shape.head_dim, bytes = depth * page_length * Pages::number_bytes;
  float const scale = 1.0f / std::sqrt(static_cast<float>(depth));
  std::size_t const grain = tasks.size() < 64 ? 1 : 8;
  std::size_t keys = 0; // query-key pairs, about
  for (AttentionSegment const& s : layout.segments) {
    keys += s.count * (s.position + s.count);
  }

  parallel_ranges(
      threads, tasks.size(), grain, 4 * keys * shape.heads * depth, [&](std::size_t begin, std::size_t end) {
        typename Pages::Tile tile(vector);
        std::vector<float> totals;
        for (std::size_t t = begin; t < end; ++t) {
          std::size_t const h = tasks[t].head, first = tasks[t].first, count = tasks[t].count;
          AttentionSegment const& segment = layout.segments[tasks[t].segment];
          std::size_t const rows = count * group, last = segment.position + first + count,
                            used = (last + page_length - 1) / page_length;
          auto const page = [&](std::size_t j) {
            auto const at = static_cast<std::size_t>(layout.page_table[segment.first_page + j]);
            return Pages::view(pages, shape, at, h);
          };
          auto const row_in = [&](MatrixView<B> const& m, std::size_t i, std::size_t width) {
            return row_of(m, segment.row + first + i / group) + (h * group + i % group) * width;
          };
          tile.begin(rows, depth, used * page_length);
          totals.resize(rows);
          for (std::size_t i = 0; i < rows; ++i) {
            tile.query(i, row_in(q, i, depth), scale);
          }
          bool const streams = rows < query_rows; // pages are read once, from memory
          for (std::size_t j = 0; j < used; ++j) {
            if (streams) {
              auto const next = page((j + 1) % used);
              prefetch(j + 1 < used ? next.keys : next.values, bytes);
            }
            tile.score(page(j), j);
          }
          for (std::size_t i = 0; i < rows; ++i) {
            std::size_t const valid = segment.position + first + i / group + 1;
            *row_in(log_sum, i, 1) = exponentiate(vector, tile.scores(i), valid, used * page_length, totals[i]);
            tile.weigh(i);
          }
          for (std::size_t j = 0; j < used; ++j) {
            if (streams && j + 1 < used) {
              prefetch(page(j + 1).values, bytes);
            } else if (streams && t + 1 < end) {
              auto const& next = layout.segments[tasks[t + 1].segment];
              auto const at = static_cast<std::size_t>(layout.page_table[next.first_page]);
              prefetch(Pages::view(pages, shape, at, tasks[t + 1].head).keys, bytes);
            }
            tile.add(page(j), j, std::min(page_length, last - j * page_length));
          }
          for (std::size_t i = 0; i < rows; ++i) {
            float const* const sums = tile.sums(i);
            float* const to = row_in(out, i, depth);
            for (std::size_t d = 0; d < depth; ++d) {
              to[d] = sums[d] / totals[i];
            }
          }
        }
      });
}

} // namespace srlm::host
