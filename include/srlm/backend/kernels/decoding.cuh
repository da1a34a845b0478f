/// What a decoding step needs beside the model's work, so that no number of it passes through the host: where each
/// row's token goes, which keys its queries see, and, after the draw, whether the answer has ended. A thread a row or a
/// tile; templates, as a kernel in a header has to be. Bound: launches.
#pragma once
#include <srlm/backend/attention_tiles.hpp>
#include <srlm/backend/kernels/pages.cuh>
#include <srlm/core/seed.hpp>

namespace srlm::kernels {

/// An answer that is being written, in device memory. The row of an answer that has ended, or of none, still goes
/// through the model, as it was at its last step, and writes nothing.
struct DecodingState {
  std::uint64_t seed;
  std::int32_t token, position;          ///< what the next step reads, and where
  std::int32_t number, written, at_most; ///< tokens before the window, in it, and at most in it and later
  std::int32_t ended;
};

/// The thread's number among all of the launch.
__device__ inline unsigned this_thread() { return blockIdx.x * blockDim.x + threadIdx.x; }

/// A step's input. Row r's page j is page_table[first_page[r] + j]; an ended row's slot is -1. All arrays [count].
/// Launch: a thread a row.
template <class Id>
__global__ void place_rows(DecodingState const* states, Id const* first_page, Id const* page_table, unsigned count,
                           Id* tokens, Id* positions, KeyWrite* writes, std::uint64_t* seeds) {
  unsigned const r = this_thread();
  if (r < count) {
    DecodingState const state = states[r];
    std::int32_t const page = state.position / static_cast<std::int32_t>(page_rows),
                       inside = state.position % static_cast<std::int32_t>(page_rows);
    tokens[r] = state.token;
    positions[r] = state.position;
    seeds[r] = Seed{state.seed}.fork(static_cast<std::uint64_t>(state.number + state.written)).value;
    std::int32_t slot = -1;
    if (state.ended == 0) {
      slot = page_table[first_page[r] + page] * static_cast<std::int32_t>(page_rows) + inside;
    }
    writes[r] = {static_cast<std::int32_t>(r), slot};
  }
}

/// Tiles as they are at these positions, from tiles planned for the window's end: a query sees the keys up to its own,
/// and pages that nobody has begun are left out. Launch: a thread a tile.
template <class Id>
__global__ void grow_tiles(QueryTile const* planned, unsigned count, Id const* positions, TileQuery* queries,
                           QueryTile* tiles) {
  unsigned const t = this_thread();
  if (t < count) {
    QueryTile tile = planned[t];
    std::int32_t keys = 0;
    for (std::int32_t i = tile.first; i < tile.first + tile.count; ++i) {
      queries[i].keys = positions[queries[i].row] + 1;
      keys = queries[i].keys > keys ? queries[i].keys : keys;
    }
    std::int32_t const pages = (keys + static_cast<std::int32_t>(page_rows) - 1) / static_cast<std::int32_t>(page_rows);
    tile.keys = keys;
    tile.end = pages < tile.end ? pages : tile.end;
    tile.end = tile.end < tile.begin ? tile.begin : tile.end;
    tiles[t] = tile;
  }
}

/// The stop test: row r's drawn token goes into its answer, answers[r][1 + written], and its count into answers[r][0].
/// The row has ended with one of the `ends`, at its limit, or where logits were not numbers (token -1); else the token
/// is what the next step reads. Launch: a thread a row.
template <class Id>
__global__ void take_tokens(Id const* drawn, Id const* ends, unsigned end_count, unsigned count, DecodingState* states,
                            Rows<Id> answers) {
  unsigned const r = this_thread();
  if (r < count && states[r].ended == 0) {
    DecodingState state = states[r];
    std::int32_t const token = drawn[r];
    answers[r][1 + state.written] = token;
    ++state.written;
    answers[r][0] = state.written;
    bool ended = token < 0 || state.written >= state.at_most;
    for (unsigned i = 0; i < end_count; ++i) {
      ended = ended || ends[i] == token;
    }
    if (ended) {
      state.ended = 1;
    } else {
      state.token = token;
      ++state.position;
    }
    states[r] = state;
  }
}

} // namespace srlm::kernels
