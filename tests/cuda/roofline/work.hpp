/// What each kernel of the CUDA policy has to move and to compute, from its shapes: bytes of device memory, every byte
/// counted once however often it is read, and flops (a multiply-add is two, an exponential one). In f32, as the policy
/// is. main.cpp compares these with what the kernels do.
///
/// T rows, C or W columns, F columns of a gated unit, V words of a vocabulary, D numbers a head.
#pragma once
#include <srlm/backend/decode_tiles.hpp>
#include <algorithm> // clamp, max, min
#include <cmath>     // floor
#include <map>

namespace roofline {

/// Bytes read and written, and flops. lists: bytes of ids and of tiles; a kernel reads each of them or leaves it out.
struct Work {
  double read, written, flops = 0, lists = 0;

  double bytes() const { return read + lists + written; }
};

/// From numbers of four bytes.
inline Work of(double read, double written, double flops, double lists = 0) {
  return {4 * read, 4 * written, flops, 4 * lists};
}

inline Work rms_norm(double T, double C) { return of(T * C + C, T * C, 4 * T * C); }
inline Work rms_norm_backward(double T, double C) { return of(3 * T * C + C, T * C + T, 11 * T * C); }
/// `positions` different ones.
inline Work rotate(double T, double W, double D, double positions) {
  return of(T * W + positions * D, T * W, 3 * T * W, T);
}
inline Work swiglu(double T, double F) { return of(2 * T * F, T * F, 6 * T * F); }
inline Work swiglu_backward(double T, double F) { return of(3 * T * F, 2 * T * F, 12 * T * F); }
inline Work add(double T, double C) { return of(2 * T * C, T * C, T * C); }
inline Work add_to_rows(double T, double C) { return of(T * C + C, T * C, T * C); }
inline Work scale(double T, double C) { return of(T * C, T * C, T * C); }

/// Parts that sums over T rows are made of, as the policy has it.
inline double parts(double T) { return std::clamp(std::floor(T / 32), 1.0, 128.0); }
inline Work bias_parts(double T, double C) { return of(T * C, parts(T) * C, T * C); }
inline Work gain_parts(double T, double C) { return of(2 * T * C + T, parts(T) * C, 3 * T * C); }
inline Work add_parts(double T, double C) { return of(parts(T) * C + C, C, parts(T) * C + C); }

/// `ids` different ones among T.
inline Work gather_rows(double T, double C, double ids) { return of(ids * C, T * C, 0, T); }
inline Work scatter_add_rows(double T, double C, double ids) { return of(T * C + ids * C, ids * C, T * C, T); }

/// T rows of W = kv_heads D numbers, written to as many slots.
inline Work write_keys(double slots, double T, double W) { return of(2 * T * W, 2 * slots * W, 0, 2 * slots); }
inline Work copy_keys(double slots, double W) { return of(2 * slots * W, 2 * slots * W, 0, 2 * slots); }
inline Work sum_slots(double slots, double T, double W) {
  return of(2 * slots * W, 2 * T * W, 2 * slots * W, slots + T + 1);
}

inline Work log_sums(double T, double V) { return of(T * V, T, 4 * T * V); }
inline Work target_log_probs(double T) { return of(2 * T, T, T, T); }
inline Work log_probs_backward(double T, double V) { return of(T * V + 2 * T, T * V, 4 * T * V, T); }
/// A draw looks at its probabilities some 80 times; they stay on the chip where a row fits there.
inline Work sample(double T, double V, bool in_shared) {
  double const room = in_shared ? 0 : T * V;
  return of(T * V + room + 2 * T, room + T, 4 * T * V);
}
/// parts: of two numbers each, one a block.
inline Work squares(double n, double blocks) { return of(n, 2 * blocks, 2 * n); }
inline Work adamw(double n) { return of(4 * n, 3 * n, 15 * n); }

// ---- attention

/// What a plan's tiles go over.
struct Span {
  double queries = 0;    ///< queries in all tiles
  double slots = 0;      ///< positions of pages that a tile reads, each counted once
  double tile_pages = 0; ///< pages that tiles go over, counted once a tile
  double pairs = 0;      ///< queries and the keys that they see in these pages
  double lists = 0;      ///< numbers that describe the tiles
};

inline Span span_of(srlm::AttentionTiles const& plan) {
  auto const length = static_cast<std::int32_t>(srlm::page_length);
  Span span;
  std::map<std::int32_t, std::int32_t> present; // of a page, how many positions are read
  for (srlm::QueryTile const& tile : plan.tiles) {
    span.queries += tile.count;
    span.tile_pages += tile.end - tile.begin;
    for (std::int32_t j = tile.begin; j < tile.end; ++j) {
      std::int32_t& n = present[plan.page_table[static_cast<std::size_t>(tile.first_page + j)]];
      n = std::max(n, std::min(length, tile.keys - j * length));
      for (std::int32_t q = tile.first; q < tile.first + tile.count; ++q) {
        span.pairs += std::clamp(plan.queries[static_cast<std::size_t>(q)].keys - j * length, 0, length);
      }
    }
  }
  for (auto const& [page, n] : present) {
    span.slots += n;
  }
  span.lists = 6.0 * static_cast<double>(plan.tiles.size()) + 3 * span.queries + span.tile_pages;
  return span;
}

/// Numbers a head as the tiles have them: 64 or 128.
inline double padded(srlm::AttentionShape const& shape) { return shape.head_dim <= 64 ? 64 : 128; }

/// Flops of `products` products of a 64 x 64 tile with D, as the tiles do them: also where nothing is seen, and of the
/// padding.
inline double tile_flops(Span const& span, srlm::AttentionShape const& shape, double products) {
  double const rows = static_cast<double>(srlm::attention_tile_rows * srlm::page_length);
  return 2 * products * span.tile_pages * rows * padded(shape) * static_cast<double>(shape.kv_heads);
}
inline double width(srlm::AttentionShape const& shape) { return static_cast<double>(shape.heads * shape.head_dim); }
inline double key_width(srlm::AttentionShape const& shape) {
  return static_cast<double>(shape.kv_heads * shape.head_dim);
}

/// `rows` different rows of q; a decoding step's tiles have a query once for each of its parts.
inline Work attention(Span const& span, srlm::AttentionShape const& shape, double rows) {
  double const W = width(shape), H = static_cast<double>(shape.heads);
  return of(rows * W + 2 * span.slots * key_width(shape), span.queries * (W + H), tile_flops(span, shape, 2),
            span.lists);
}
inline Work merge_parts(double parts, double T, srlm::AttentionShape const& shape) {
  double const W = width(shape), H = static_cast<double>(shape.heads);
  return of(parts * (W + H), T * (W + H), 4 * parts * W, 3 * T);
}
inline Work attention_dots(double T, srlm::AttentionShape const& shape) {
  double const W = width(shape);
  return of(2 * T * W, T * static_cast<double>(shape.heads), 2 * T * W);
}
inline Work attention_queries_backward(Span const& span, srlm::AttentionShape const& shape) {
  double const W = width(shape), H = static_cast<double>(shape.heads);
  return of(2 * span.queries * (W + H) + 2 * span.slots * key_width(shape), span.queries * W,
            tile_flops(span, shape, 3), span.lists);
}
/// Pages are read and written whole.
inline Work attention_keys_backward(Span const& span, double pages, srlm::AttentionShape const& shape) {
  double const W = width(shape), H = static_cast<double>(shape.heads),
               all = 2 * pages * static_cast<double>(srlm::page_length) * key_width(shape);
  return of(2 * span.queries * (W + H) + all, all, tile_flops(span, shape, 4),
            span.lists + 2 * span.tile_pages + pages + 1);
}

} // namespace roofline
