/// The two products of attention over a page of f32, for the instruction set that the program is compiled for.
#pragma once
#include <srlm/backend/lanes.hpp>
#include <srlm/backend/vector_functions.hpp>

namespace srlm::host {

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

} // namespace srlm::host
