/// Causal attention over pages with shared prefixes: out = softmax(q K^T / sqrt(D)) V, forward and backward, one query
/// row and one head at a time, in double. A query meets its positions 0, 1, 2, ... in order, wherever they are stored:
/// its result depends neither on the batch nor on how prefixes were shared.
#pragma once
#include <srlm/backend/xtensor_core.hpp>
#include <cmath> // sqrt, log
#include <limits>
#include <vector>

namespace srlm::xtensor {

/// The D numbers of one key (which = 0) or value (which = 1). Pages are [pages, 2, kv_heads, 64, D] here: a page has
/// page_floats() floats, and what order they have is each backend's own affair.
inline auto stored(std::span<float> pages, AttentionShape const& shape, std::size_t which, std::size_t head,
                   std::size_t slot) {
  std::size_t const in_page = (which * shape.kv_heads + head) * page_length + slot % page_length;
  return array(pages.data() + slot / page_length * shape.page_floats() + in_page * shape.head_dim, shape.head_dim);
}

/// Where position `position` of a segment is stored.
inline std::size_t slot_of(AttentionLayout const& layout, AttentionSegment const& segment, std::size_t position) {
  std::int32_t const page = layout.page_table[segment.first_page + position / page_length];
  return static_cast<std::size_t>(page) * page_length + position % page_length;
}

/// Packed keys and values [T, kv_heads * D] to their slots.
template <class B>
void write_keys(MatrixView<B> k, MatrixView<B> v, std::span<KeyWrite const> writes, AttentionShape const& shape,
                std::span<float> pages) {
  for (KeyWrite const& write : writes) {
    auto const from = static_cast<std::size_t>(write.row), slot = static_cast<std::size_t>(write.slot);
    for (std::size_t h = 0; h < shape.kv_heads; ++h) {
      auto key = stored(pages, shape, 0, h, slot), value = stored(pages, shape, 1, h, slot);
      xt::noalias(key) = row(k, from, h * shape.head_dim, shape.head_dim);
      xt::noalias(value) = row(v, from, h * shape.head_dim, shape.head_dim);
    }
  }
}

inline void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
  for (KeyCopy const& copy : copies) {
    for (std::size_t which : {0u, 1u}) {
      for (std::size_t h = 0; h < shape.kv_heads; ++h) {
        auto to = stored(pages, shape, which, h, static_cast<std::size_t>(copy.to));
        xt::noalias(to) = stored(pages, shape, which, h, static_cast<std::size_t>(copy.from));
      }
    }
  }
}

/// Calls visit(row, segment, position) for every query row of a layout.
template <class Visit>
void each_query(AttentionLayout const& layout, Visit&& visit) {
  for (AttentionSegment const& segment : layout.segments) {
    for (std::size_t i = 0; i < segment.count; ++i) {
      visit(segment.row + i, segment, segment.position + i);
    }
  }
}

/// q, out [T, heads * D]; log_sum [T, heads]: log of sum of exp of a query's scores, for the backward pass.
template <class B>
void attention(MatrixView<B> q, std::span<float> pages, AttentionLayout const& layout, AttentionShape const& shape,
               MatrixView<B> out, MatrixView<B> log_sum) {
  std::size_t const depth = shape.head_dim;
  double const scale = 1.0 / std::sqrt(static_cast<double>(depth));
  xt::xtensor<double, 1> sum = xt::zeros<double>({depth});
  std::vector<double> scores;
  each_query(layout, [&](std::size_t r, AttentionSegment const& segment, std::size_t position) {
    for (std::size_t h = 0; h < shape.heads; ++h) {
      std::size_t const kv = h / shape.group();
      auto const query = row(q, r, h * depth, depth);
      scores.clear();
      for (std::size_t j = 0; j <= position; ++j) {
        auto const key = stored(pages, shape, 0, kv, slot_of(layout, segment, j));
        scores.push_back(scale * total(wide(query) * wide(key)));
      }
      auto weights = array(scores.data(), scores.size());
      double const top = xt::amax(weights, xt::evaluation_strategy::immediate)();
      xt::noalias(weights) = xt::exp(weights - top);
      double const mass = total(weights);
      sum.fill(0);
      for (std::size_t j = 0; j <= position; ++j) {
        xt::noalias(sum) += scores[j] / mass * wide(stored(pages, shape, 1, kv, slot_of(layout, segment, j)));
      }
      auto to = row(out, r, h * depth, depth);
      xt::noalias(to) = xt::cast<float>(sum);
      row(log_sum, r)(h) = static_cast<float>(top + std::log(mass));
    }
  });
}

/// The row whose key lies in each slot of the layout's pages.
inline std::vector<std::size_t> rows_of_slots(AttentionLayout const& layout) {
  std::vector<std::size_t> rows(layout.pages * page_length, std::numeric_limits<std::size_t>::max());
  for (KeyWrite const& write : layout.writes) {
    rows[static_cast<std::size_t>(write.slot)] = static_cast<std::size_t>(write.row);
  }
  return rows;
}

/// d_q, d_k, d_v from d_out; all keys are rows of this pass. With p = exp(s - log_sum) the weights of a query,
/// s = scale <q, k>: dv += p d_out, ds = p (<d_out, v> - <d_out, out>), dq = scale sum of ds k, dk += scale ds q. A row
/// that many segments see, or that was stored in several copies of a page, collects from all of them.
/// Shapes: q, out, d_out, d_q [T, heads * D]; k, v, d_k, d_v [T, kv_heads * D]; log_sum [T, heads].
template <class B>
void attention_backward(MatrixView<B> q, MatrixView<B> k, MatrixView<B> v, MatrixView<B> out, MatrixView<B> log_sum,
                        MatrixView<B> d_out, AttentionLayout const& layout, AttentionShape const& shape,
                        MatrixView<B> d_q, MatrixView<B> d_k, MatrixView<B> d_v) {
  std::size_t const depth = shape.head_dim;
  double const scale = 1.0 / std::sqrt(static_cast<double>(depth));
  std::vector<std::size_t> const rows = rows_of_slots(layout);
  xt::xtensor<double, 1> query_sum = xt::zeros<double>({depth});
  xt::xtensor<double, 2> key_sums = xt::zeros<double>({k.rows, k.cols}), value_sums = key_sums;
  each_query(layout, [&](std::size_t r, AttentionSegment const& segment, std::size_t position) {
    for (std::size_t h = 0; h < shape.heads; ++h) {
      std::size_t const kv = h / shape.group() * depth;
      auto const query = row(q, r, h * depth, depth), d = row(d_out, r, h * depth, depth);
      double const mean = total(wide(d) * wide(row(out, r, h * depth, depth)));
      double const log_mass = static_cast<double>(row(log_sum, r)(h));
      query_sum.fill(0);
      for (std::size_t j = 0; j <= position; ++j) {
        std::size_t const seen = rows[slot_of(layout, segment, j)];
        auto const key = row(k, seen, kv, depth), value = row(v, seen, kv, depth);
        double const weight = std::exp(scale * total(wide(query) * wide(key)) - log_mass);
        double const d_score = weight * (total(wide(d) * wide(value)) - mean);
        auto key_sum = array(&key_sums(seen, kv), depth), value_sum = array(&value_sums(seen, kv), depth);
        xt::noalias(value_sum) += weight * wide(d);
        xt::noalias(key_sum) += scale * d_score * wide(query);
        xt::noalias(query_sum) += scale * d_score * wide(key);
      }
      auto to = row(d_q, r, h * depth, depth);
      xt::noalias(to) = xt::cast<float>(query_sum);
    }
  });
  for (std::size_t r = 0; r < k.rows; ++r) {
    auto to_k = row(d_k, r), to_v = row(d_v, r);
    xt::noalias(to_k) = xt::cast<float>(array(&key_sums(r, 0), k.cols));
    xt::noalias(to_v) = xt::cast<float>(array(&value_sums(r, 0), k.cols));
  }
}

} // namespace srlm::xtensor
