/// The gradients of bf16_attention.hpp: the factors of all five products in bf16, weights, their gradients and all sums
/// in f32.
#pragma once
#include <srlm/backend/bf16_attention.hpp>
#include <srlm/backend/host_attention_backward.hpp>

namespace srlm::bf16 {

/// All panels of [depth, columns], as pack_rows() and pack_columns() make one.
inline void pack_all_rows(float const* from, std::size_t stride, std::size_t depth, std::size_t columns, float scale,
                          Bits* to) {
  for (std::size_t c = 0; c < columns; c += panel_columns) {
    pack_rows(from + c, stride, depth, columns_from(c, columns), scale, to + c * 2 * pairs_of(depth));
  }
}

/// C [rows, columns] += left times all panels of a right side.
inline void add_product(std::size_t rows, std::size_t pairs, Left left, Bits const* right, std::size_t columns,
                        float* c, std::size_t stride) {
  for (std::size_t at = 0; at < columns; at += panel_columns) {
    multiply(rows, pairs, left, right + at * 2 * pairs, columns_from(at, columns), Sums::add, c + at, stride);
  }
}

/// One tree's keys and values for one head, packed for each of their uses, a page after another.
struct TreeKeys : host::TreeKeys {
  static constexpr std::size_t matrices = host::TreeKeys::matrices + 2; ///< three of half the size
  Bits *keys_across, *values_across;                                    ///< [D / 2][64][2]: of q k^T and d_out v^T
  Bits* keys_down;                                                      ///< [32][D][2]: of d_scores k

  template <class B>
  TreeKeys(MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes, std::size_t first_page,
           std::size_t pages, std::size_t head, std::size_t head_dim, float* memory)
      : host::TreeKeys(k, v, writes, first_page, pages, head, head_dim, memory) {
    std::size_t const page_numbers = page_length * head_dim, numbers = pages * page_numbers;
    keys_across = reinterpret_cast<Bits*>(memory + host::TreeKeys::matrices * numbers);
    values_across = keys_across + numbers;
    keys_down = values_across + numbers;
    for (std::size_t at = 0; at < numbers; at += page_numbers) {
      pack_columns(keys.data() + at, head_dim, head_dim, page_length, keys_across + at);
      pack_columns(values.data() + at, head_dim, head_dim, page_length, values_across + at);
      pack_all_rows(keys.data() + at, head_dim, page_length, head_dim, 1.0f, keys_down + at);
    }
  }
};

/// What the formulas at host::segment_backward say.
template <class B>
void segment_backward(host::TreeQueries<B> const& rows, AttentionSegment const& segment,
                      std::span<std::int32_t const> page_table, std::size_t first_page, TreeKeys& tree) {
  using host::row_of;
  constexpr std::size_t rows_at_once = 128;
  std::size_t const depth = rows.head_dim, column = rows.head * depth;
  float const scale = 1.0f / std::sqrt(static_cast<float>(depth));
  LineVector<Bits> queries(rows_at_once * depth), d_outputs(rows_at_once * depth), d_scores(rows_at_once * page_length),
      query_pairs(rows_at_once * depth), d_output_pairs(rows_at_once * depth), pairs(rows_at_once * page_length);
  LineVector<float> weights(rows_at_once * page_length), d_weights(rows_at_once * page_length),
      d_queries(rows_at_once * depth), dots(rows_at_once);

  for (std::size_t first = 0; first < segment.count; first += rows_at_once) {
    std::size_t const count = std::min(rows_at_once, segment.count - first), row = segment.row + first,
                      position = segment.position + first, last = position + count;
    auto const at = [&](MatrixView<B> const& m, std::size_t i) { return row_of(m, row + i) + column; };
    for (std::size_t i = 0; i < count; ++i) {
      convert(at(rows.q, i), depth, scale, queries.data() + i * depth);
      convert(at(rows.d_out, i), depth, 1.0f, d_outputs.data() + i * depth);
      dots[i] = static_cast<float>(rows.vector.sum_of_products(at(rows.d_out, i), at(rows.out, i), depth));
    }
    std::fill_n(d_queries.data(), count * depth, 0.0f);
    for (std::size_t j = 0; j * page_length < last; ++j) {
      auto const page = static_cast<std::size_t>(page_table[segment.first_page + j]) - first_page;
      std::size_t const begin = j * page_length, page_at = page * page_length * depth;
      std::size_t const skipped = begin > position ? begin - position : 0, n = count - skipped; // rows before the page
      multiply(n, depth / 2, {queries.data() + skipped * depth, depth, 2}, tree.keys_across + page_at, page_length,
               Sums::set, weights.data(), page_length);
      multiply(n, depth / 2, {d_outputs.data() + skipped * depth, depth, 2}, tree.values_across + page_at, page_length,
               Sums::set, d_weights.data(), page_length);
      for (std::size_t i = 0; i < n; ++i) {
        std::size_t const valid = std::min(page_length, position + skipped + i + 1 - begin);
        host::weigh_again(rows.vector, weights.data() + i * page_length, valid,
                          *(row_of(rows.log_sum, row + skipped + i) + rows.head));
        float* const d = d_weights.data() + i * page_length;
        rows.vector.softmax_backward(weights.data() + i * page_length, dots[skipped + i], d, page_length);
        convert(d, page_length, 1.0f, d_scores.data() + i * page_length);
      }
      // rows of the block as the depth: packed from the first row that counts
      Left const across = left_side(pairs.data(), n, page_length);
      pack_all_rows(at(rows.d_out, skipped), rows.d_out.stride, n, depth, 1.0f, d_output_pairs.data());
      pack_left(weights.data(), page_length, 0, n, n, page_length, 1.0f, pairs.data());
      add_product(page_length, pairs_of(n), across, d_output_pairs.data(), depth, tree.d_values.data() + page_at,
                  depth);
      pack_all_rows(at(rows.q, skipped), rows.q.stride, n, depth, scale, query_pairs.data());
      pack_left(d_weights.data(), page_length, 0, n, n, page_length, 1.0f, pairs.data());
      add_product(page_length, pairs_of(n), across, query_pairs.data(), depth, tree.d_keys.data() + page_at, depth);
      add_product(n, page_length / 2, {d_scores.data(), page_length, 2}, tree.keys_down + page_at, depth,
                  d_queries.data() + skipped * depth, depth);
    }
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t d = 0; d < depth; ++d) {
        at(rows.d_q, i)[d] = scale * d_queries[i * depth + d];
      }
    }
  }
}

} // namespace srlm::bf16
