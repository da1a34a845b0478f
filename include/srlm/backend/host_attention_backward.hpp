/// Attention over pages on the host, backward: the gradients of queries, keys and values from the gradient of the output.
/// Weights are computed again from the saved log-sum-exp. A tree and a key head are one task, because the segments of a
/// tree share pages; so the sums over queries are formed in one order whatever the number of threads.
#pragma once
#include <srlm/backend/host_attention.hpp>

namespace srlm::host {

/// One tree's keys, values and their gradients for one head: [pages of the tree * 64, D] each.
struct TreeKeys {
  RowMajor keys, values, d_keys, d_values;
};

template <class B>
TreeKeys gather_tree(MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes, std::size_t first_page,
                     std::size_t pages, std::size_t head, std::size_t head_dim) {
  auto const rows = static_cast<Eigen::Index>(pages * page_length), depth = static_cast<Eigen::Index>(head_dim);
  TreeKeys tree{RowMajor::Zero(rows, depth), RowMajor::Zero(rows, depth), RowMajor::Zero(rows, depth),
                RowMajor::Zero(rows, depth)};
  for (KeyWrite const& write : writes) {
    std::size_t const slot = static_cast<std::size_t>(write.slot) - first_page * page_length;
    auto const row = static_cast<std::size_t>(write.row);
    std::copy_n(row_of(k, row) + head * head_dim, head_dim, tree.keys.data() + slot * head_dim);
    std::copy_n(row_of(v, row) + head * head_dim, head_dim, tree.values.data() + slot * head_dim);
  }
  return tree;
}

/// q, out, d_out, d_q [T, heads * D]; k, v, d_k, d_v [T, kv_heads * D]; log_sum [T, heads]. With P the weights:
/// dV = P^T dO, dP = dO V^T, dS = P (dP - <dO, O>) / sqrt(D), dQ = dS K, dK = dS^T Q (Dao et al. 2022, appendix B).
template <class B>
void attention_backward(int threads, MatrixView<B> q, MatrixView<B> k, MatrixView<B> v, MatrixView<B> out,
                        MatrixView<B> log_sum, MatrixView<B> d_out, AttentionLayout const& layout,
                        AttentionShape const& shape, MatrixView<B> d_q, MatrixView<B> d_k, MatrixView<B> d_v) {
  using Eigen::Index;
  constexpr std::size_t rows_at_once = 64;
  std::size_t const group = shape.group(), depth = shape.head_dim;
  auto const columns = static_cast<Index>(depth), page_rows = static_cast<Index>(page_length);
  float const scale = 1.0f / std::sqrt(static_cast<float>(depth));

  parallel_for(threads, layout.trees.size() * shape.kv_heads, [&](std::size_t task) {
    std::size_t const t = task / shape.kv_heads, h = task % shape.kv_heads;
    AttentionTree const begin = layout.trees[t];
    AttentionTree const end = t + 1 < layout.trees.size()
                                  ? layout.trees[t + 1]
                                  : AttentionTree{layout.segments.size(), layout.pages, layout.writes.size()};
    auto const writes = std::span(layout.writes).subspan(begin.first_write, end.first_write - begin.first_write);
    TreeKeys tree = gather_tree(k, v, writes, begin.first_page, end.first_page - begin.first_page, h, depth);
    RowMajor queries, d_outputs, d_queries, weights, d_weights;
    Eigen::ArrayXf dots, logs;

    for (std::size_t s = begin.first_segment; s < end.first_segment; ++s) {
      AttentionSegment const& segment = layout.segments[s];
      for (std::size_t first = 0; first < segment.count; first += rows_at_once) {
        std::size_t const count = std::min(rows_at_once, segment.count - first), rows = count * group;
        auto const n = static_cast<Index>(rows);
        queries.resize(n, columns);
        d_outputs.resize(n, columns);
        d_queries.setZero(n, columns);
        dots.resize(n);
        logs.resize(n);
        for (std::size_t i = 0; i < rows; ++i) {
          std::size_t const row = segment.row + first + i / group, head = h * group + i % group;
          float const *const o = row_of(out, row) + head * depth, *const d = row_of(d_out, row) + head * depth;
          std::copy_n(row_of(q, row) + head * depth, depth, queries.data() + i * depth);
          std::copy_n(d, depth, d_outputs.data() + i * depth);
          float dot = 0;
          for (std::size_t c = 0; c < depth; ++c) {
            dot += o[c] * d[c];
          }
          dots[static_cast<Index>(i)] = dot;
          logs[static_cast<Index>(i)] = row_of(log_sum, row)[head];
        }
        queries *= scale;
        std::size_t const last = segment.position + first + count;
        for (std::size_t j = 0; j * page_length < last; ++j) {
          auto const page = static_cast<std::size_t>(layout.page_table[segment.first_page + j]) - begin.first_page;
          auto const at = static_cast<Index>(page * page_length);
          auto const keys = tree.keys.middleRows(at, page_rows);
          weights.noalias() = queries * keys.transpose();
          for (std::size_t i = 0; i < rows; ++i) {
            auto const r = static_cast<Index>(i);
            std::size_t const position = segment.position + first + i / group;
            std::size_t const valid =
                position < j * page_length ? 0 : std::min(page_length, position + 1 - j * page_length);
            BlockMap row(weights.data() + i * page_length);
            row = (row - logs[r]).exp();
            std::fill(row.data() + valid, row.data() + page_length, 0.0f);
          }
          tree.d_values.middleRows(at, page_rows).noalias() += weights.transpose() * d_outputs;
          d_weights.noalias() = d_outputs * tree.values.middleRows(at, page_rows).transpose();
          for (std::size_t i = 0; i < rows; ++i) {
            BlockMap row(d_weights.data() + i * page_length);
            row = BlockMap(weights.data() + i * page_length) * (row - dots[static_cast<Index>(i)]);
          }
          tree.d_keys.middleRows(at, page_rows).noalias() += d_weights.transpose() * queries;
          d_queries.noalias() += d_weights * keys;
        }
        for (std::size_t i = 0; i < rows; ++i) {
          float* const to = row_of(d_q, segment.row + first + i / group) + (h * group + i % group) * depth;
          for (std::size_t c = 0; c < depth; ++c) {
            to[c] = d_queries(static_cast<Index>(i), static_cast<Index>(c)) * scale;
          }
        }
      }
    }
    for (KeyWrite const& write : writes) {
      std::fill_n(row_of(d_k, static_cast<std::size_t>(write.row)) + h * depth, depth, 0.0f);
      std::fill_n(row_of(d_v, static_cast<std::size_t>(write.row)) + h * depth, depth, 0.0f);
    }
    for (KeyWrite const& write : writes) {
      std::size_t const slot = static_cast<std::size_t>(write.slot) - begin.first_page * page_length;
      float *const to_k = row_of(d_k, static_cast<std::size_t>(write.row)) + h * depth,
                   *const to_v = row_of(d_v, static_cast<std::size_t>(write.row)) + h * depth;
      for (std::size_t c = 0; c < depth; ++c) {
        to_k[c] += tree.d_keys.data()[slot * depth + c];
        to_v[c] += tree.d_values.data()[slot * depth + c];
      }
    }
  });
}

} // namespace srlm::host
