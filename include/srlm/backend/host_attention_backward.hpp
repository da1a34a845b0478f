/// Attention over pages on the host, backward: the gradients of queries, keys and values from the gradient of the
/// output. Weights are computed again from the saved log-sum-exp. A tree and a query head are one task, because the
/// segments of a tree share pages; the query heads of a key head are added in order afterwards. So every sum has one
/// order whatever the number of threads.
#pragma once
#include <srlm/backend/eigen_core.hpp>
#include <srlm/backend/host_attention.hpp>
#include <srlm/backend/host_memory.hpp>
#include <optional>

namespace srlm::host {

/// One tree's keys, values and their gradients for one head, [pages of the tree * 64, D] each, in memory that is given:
/// `matrices` of that many floats.
struct TreeKeys {
  static constexpr std::size_t matrices = 4;
  MatrixMap keys, values, d_keys, d_values;

  template <class B>
  TreeKeys(MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes, std::size_t first_page,
           std::size_t pages, std::size_t head, std::size_t head_dim, float* memory)
      : keys(matrix(memory, 0, pages, head_dim)),
        values(matrix(memory, 1, pages, head_dim)),
        d_keys(matrix(memory, 2, pages, head_dim)),
        d_values(matrix(memory, 3, pages, head_dim)) {
    std::fill_n(memory, matrices * pages * page_length * head_dim, 0.0f);
    for (KeyWrite const& write : writes) {
      std::size_t const slot = static_cast<std::size_t>(write.slot) - first_page * page_length;
      auto const row = static_cast<std::size_t>(write.row);
      std::copy_n(row_of(k, row) + head * head_dim, head_dim, keys.data() + slot * head_dim);
      std::copy_n(row_of(v, row) + head * head_dim, head_dim, values.data() + slot * head_dim);
    }
  }

 private:
  static MatrixMap matrix(float* memory, std::size_t i, std::size_t pages, std::size_t head_dim) {
    std::size_t const rows = pages * page_length;
    return map(memory + i * rows * head_dim, rows, head_dim, head_dim);
  }
};

/// A page's scores become weights: exp(score - log_sum) over the first `valid` positions, 0 after.
inline void weigh_again(VectorFunctions const& vector, float* scores, std::size_t valid, float log_sum) {
  (void)vector.exponentials(scores, log_sum, 1.0f, 1.0f, scores, valid);
  std::fill(scores + valid, scores + page_length, 0.0f);
}

template <class B>
struct TreeQueries {
  VectorFunctions const& vector;
  MatrixView<B> q, out, log_sum, d_out, d_q;
  std::size_t head, head_dim;
};

/// One segment: adds to the tree's d_keys and d_values, writes d_q. With P the weights: dV = P^T dO, dP = dO V^T,
/// dS = P (dP - <dO, O>) / sqrt(D), dQ = dS K, dK = dS^T Q (Dao et al. 2022, appendix B).
template <class B>
void segment_backward(TreeQueries<B> const& rows, AttentionSegment const& segment,
                      std::span<std::int32_t const> page_table, std::size_t first_page, TreeKeys& tree) {
  using Eigen::Index;
  constexpr std::size_t rows_at_once = 128;
  std::size_t const depth = rows.head_dim, column = rows.head * depth;
  auto const columns = static_cast<Index>(depth), page_rows = static_cast<Index>(page_length);
  float const scale = 1.0f / std::sqrt(static_cast<float>(depth));
  RowMajor queries, d_outputs, d_queries, weights, d_weights;

  for (std::size_t first = 0; first < segment.count; first += rows_at_once) {
    std::size_t const count = std::min(rows_at_once, segment.count - first), row = segment.row + first;
    auto const n = static_cast<Index>(count);
    auto const part = [&](MatrixView<B> const& m, std::size_t from, std::size_t width) {
      return map(row_of(m, row) + from, count, width, m.stride);
    };
    queries = scale * part(rows.q, column, depth);
    d_outputs = part(rows.d_out, column, depth);
    d_queries.setZero(n, columns);
    Eigen::ArrayXf const dots = (d_outputs.array() * part(rows.out, column, depth).array()).rowwise().sum();
    std::size_t const last = segment.position + first + count;
    for (std::size_t j = 0; j * page_length < last; ++j) {
      auto const page = static_cast<std::size_t>(page_table[segment.first_page + j]) - first_page;
      auto const at = static_cast<Index>(page * page_length);
      auto const keys = tree.keys.middleRows(at, page_rows);
      weights.noalias() = queries * keys.transpose();
      for (std::size_t i = 0; i < count; ++i) {
        std::size_t const position = segment.position + first + i, begin = j * page_length;
        std::size_t const valid = position < begin ? 0 : std::min(page_length, position + 1 - begin);
        weigh_again(rows.vector, weights.data() + i * page_length, valid, *(row_of(rows.log_sum, row + i) + rows.head));
      }
      tree.d_values.middleRows(at, page_rows).noalias() += weights.transpose() * d_outputs;
      d_weights.noalias() = d_outputs * tree.values.middleRows(at, page_rows).transpose();
      for (std::size_t i = 0; i < count; ++i) {
        rows.vector.softmax_backward(weights.data() + i * page_length, dots[static_cast<Index>(i)],
                                     d_weights.data() + i * page_length, page_length);
      }
      tree.d_keys.middleRows(at, page_rows).noalias() += d_weights.transpose() * queries;
      d_queries.noalias() += d_weights * keys;
    }
    part(rows.d_q, column, depth) = scale * d_queries;
  }
}

/// q, out, d_out, d_q [T, heads * D]; k, v, d_k, d_v [T, kv_heads * D]; log_sum [T, heads]. Tree: keys and gradients,
/// as TreeKeys has them, which segment_backward() adds to; their memory is the pool's.
template <class B, class Tree = TreeKeys>
void attention_backward(int threads, VectorFunctions const& vector, std::shared_ptr<HostPool> const& pool,
                        MatrixView<B> q, MatrixView<B> k, MatrixView<B> v, MatrixView<B> out, MatrixView<B> log_sum,
                        MatrixView<B> d_out, AttentionLayout const& layout, AttentionShape const& shape,
                        MatrixView<B> d_q, MatrixView<B> d_k, MatrixView<B> d_v) {
  std::size_t const group = shape.group(), depth = shape.head_dim;
  auto const end_of = [&](std::size_t tree) {
    return tree + 1 < layout.trees.size() ? layout.trees[tree + 1]
                                          : AttentionTree{layout.segments.size(), layout.pages, layout.writes.size()};
  };
  auto const writes_of = [&](std::size_t tree) {
    std::size_t const first = layout.trees[tree].first_write;
    return std::span(layout.writes).subspan(first, end_of(tree).first_write - first);
  };
  std::size_t const page_floats = Tree::matrices * page_length * depth; // of one head
  HostBuffer<float> const memory(pool, layout.pages * shape.heads * page_floats);
  std::vector<std::optional<Tree>> keys(layout.trees.size() * shape.heads);
  parallel_for(threads, keys.size(), q.rows * q.cols * page_length, [&](std::size_t task) {
    std::size_t const t = task / shape.heads, head = task % shape.heads;
    AttentionTree const begin = layout.trees[t], end = end_of(t);
    std::size_t const pages = end.first_page - begin.first_page,
                      at = begin.first_page * shape.heads + head * pages; // pages of heads before it
    keys[task].emplace(k, v, writes_of(t), begin.first_page, pages, head / group, depth,
                       memory.span().data() + at * page_floats);
    TreeQueries<B> const rows{vector, q, out, log_sum, d_out, d_q, head, depth};
    for (std::size_t s = begin.first_segment; s < end.first_segment; ++s) {
      segment_backward(rows, layout.segments[s], layout.page_table, begin.first_page, *keys[task]);
    }
  });
  parallel_for(threads, layout.trees.size() * shape.kv_heads, element_work * q.rows * q.cols, [&](std::size_t task) {
    std::size_t const t = task / shape.kv_heads, h = task % shape.kv_heads;
    std::size_t const first_slot = layout.trees[t].first_page * page_length;
    for (KeyWrite const& write : writes_of(t)) {
      std::fill_n(row_of(d_k, static_cast<std::size_t>(write.row)) + h * depth, depth, 0.0f);
      std::fill_n(row_of(d_v, static_cast<std::size_t>(write.row)) + h * depth, depth, 0.0f);
    }
    for (KeyWrite const& write : writes_of(t)) {
      std::size_t const slot = static_cast<std::size_t>(write.slot) - first_slot;
      float *const to_k = row_of(d_k, static_cast<std::size_t>(write.row)) + h * depth,
                   *const to_v = row_of(d_v, static_cast<std::size_t>(write.row)) + h * depth;
      for (std::size_t g = 0; g < group; ++g) {
        Tree const& tree = *keys[t * shape.heads + h * group + g];
        for (std::size_t c = 0; c < depth; ++c) {
          to_k[c] += tree.d_keys.data()[slot * depth + c];
          to_v[c] += tree.d_values.data()[slot * depth + c];
        }
      }
    }
  });
}

} // namespace srlm::host
