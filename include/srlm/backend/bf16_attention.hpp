/// Attention over pages on the host with keys, values, queries and weights in bf16: scores, their softmax and all sums
/// in f32. For head dimensions that are a multiple of 16. What host_attention.hpp says of determinism holds here.
#pragma once
#include <srlm/backend/bf16_kernel.hpp>
#include <srlm/backend/host_attention.hpp>
#include <srlm/backend/host_memory.hpp>

namespace srlm::bf16 {

/// Columns of a head in its panel that begins at column c.
inline std::size_t columns_from(std::size_t c, std::size_t depth) { return std::min(panel_columns, depth - c); }

/// Pages of bf16, in half of the memory that floats would take: a head's keys as a panel [D / 2][64][2], transposed,
/// then its values as panels of 64 columns [32][64][2].
struct Pages {
  static constexpr std::size_t number_bytes = sizeof(Bits);
  struct View {
    Bits *keys, *values;
  };

  static View view(std::span<float> pages, AttentionShape const& shape, std::size_t page, std::size_t head) {
    std::size_t const half = shape.head_dim * page_length;
    Bits* const begin = reinterpret_cast<Bits*>(pages.data()) + page * shape.page_floats();
    return {begin + head * 2 * half, begin + (head * 2 + 1) * half};
  }
  static Bits* key_pair(View const& page, std::size_t d, std::size_t offset) {
    return page.keys + d * page_length + 2 * offset;
  }
  static Bits* value(View const& page, std::size_t d, std::size_t offset, std::size_t depth) {
    std::size_t const column = d % panel_columns, width = columns_from(d - column, depth);
    return page.values + (d - column) * page_length + (offset / 2 * width + column) * 2 + offset % 2;
  }
  static void write(View const& page, std::size_t offset, std::size_t depth, float const* key, float const* value) {
    for (std::size_t c = 0; c < depth; c += panel_columns) { // both are a panel's columns wide, at most
      std::size_t const width = columns_from(c, depth);
      Bits numbers[panel_columns];
      convert(key + c, width, 1.0f, numbers);
      for (std::size_t d = 0; d < width; d += 2) {
        std::copy_n(numbers + d, 2, key_pair(page, c + d, offset));
      }
      convert(value + c, width, 1.0f, numbers);
      Bits* const to = Pages::value(page, c, offset, depth);
      for (std::size_t d = 0; d < width; ++d) {
        to[2 * d] = numbers[d];
      }
    }
  }
  static void copy(View const& from, std::size_t from_offset, View const& to, std::size_t offset, std::size_t depth) {
    for (std::size_t d = 0; d < depth; d += 2) {
      std::copy_n(key_pair(from, d, from_offset), 2, key_pair(to, d, offset));
    }
    for (std::size_t d = 0; d < depth; ++d) {
      *value(to, d, offset, depth) = *value(from, d, from_offset, depth);
    }
  }
  class Tile;
};

/// As host::F32Pages::Tile.
class Pages::Tile {
 public:
  explicit Tile(host::VectorFunctions const&) {}
  void begin(std::size_t rows, std::size_t depth, std::size_t width) {
    rows_ = rows;
    depth_ = depth;
    width_ = width;
    queries_.resize(rows * depth);
    sums_.assign(rows * depth, 0.0f);
    scores_.resize(rows * width);
    weights_.resize(rows * width);
  }
  void query(std::size_t row, float const* q, float scale) {
    convert(q, depth_, scale, queries_.data() + row * depth_);
  }
  void score(View const& page, std::size_t index) {
    multiply(rows_, depth_ / 2, {queries_.data(), depth_, 2}, page.keys, page_length, Sums::set,
             scores_.data() + index * page_length, width_);
  }
  float* scores(std::size_t row) { return scores_.data() + row * width_; }
  void weigh(std::size_t row) { convert(scores(row), width_, 1.0f, weights_.data() + row * width_); }
  void add(View const& page, std::size_t index, std::size_t present) {
    // what lies behind the last value is never read; the pairs that are summed together are the same ones nevertheless
    std::size_t const pairs = pairs_of(present),
                      whole = present % 2 == 0 ? pairs : present / 2 / tile_pairs * tile_pairs;
    for (std::size_t c = 0; c < depth_; c += panel_columns) {
      std::size_t const width = columns_from(c, depth_);
      Bits const* const values = page.values + c * page_length;
      Left const weights{weights_.data() + index * page_length, width_, 2};
      multiply(rows_, whole, weights, values, width, Sums::add, sums_.data() + c, depth_);
      if (whole < pairs) {
        std::size_t const rest = pairs - whole;
        alignas(64) Bits last[tile_pairs * 2 * panel_columns];
        std::copy_n(values + whole * 2 * width, rest * 2 * width, last);
        for (std::size_t j = 0; j < width; ++j) {
          last[((rest - 1) * width + j) * 2 + 1] = 0;
        }
        multiply(rows_, rest, {weights.data + 2 * whole, width_, 2}, last, width, Sums::add, sums_.data() + c, depth_);
      }
    }
  }
  float const* sums(std::size_t row) const { return sums_.data() + row * depth_; }

 private:
  std::size_t rows_ = 0, depth_ = 0, width_ = 0;
  LineVector<Bits> queries_, weights_;
  LineVector<float> scores_, sums_;
};

/// Whether heads of this dimension have pages of bf16.
inline bool takes(AttentionShape const& shape) { return shape.head_dim % vector_columns == 0; }

} // namespace srlm::bf16
