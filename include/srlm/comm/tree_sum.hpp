/// Sums in the order of a binary tree. Where the numbers of parts and of ranks are powers of two, the sum of all parts
/// has the same bits on any number of ranks: a rank that holds a block of parts holds a whole branch.
#pragma once
#include <bit> // bit_floor
#include <cstddef>
#include <span>
#include <vector>

namespace srlm {

/// Calls add(to, from) for parts 0 to n - 1 so that part 0 becomes the sum of all. The parts beyond the largest power
/// of two are added first.
template <class Add>
void tree_sum(std::size_t n, Add&& add) {
  std::size_t const branches = std::bit_floor(n);
  for (std::size_t i = branches; i < n; ++i) {
    add(i - branches, i);
  }
  for (std::size_t distance = 1; distance < branches; distance *= 2) {
    for (std::size_t i = 0; i < branches; i += 2 * distance) {
      add(i, i + distance);
    }
  }
}

inline void add_values(std::span<float const> from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    to[i] += from[i];
  }
}

/// The same tree over ranks, one part each; every rank ends with the same bits. received: room for as many values.
/// exchange(partner, sent, received): sends to another rank and receives from it at once; either may be empty.
/// add(from, to). Values: a span, of the host's memory or of a device's.
template <class Values, class Exchange, class Add>
void tree_sum(Values values, Values received, std::size_t rank, std::size_t size, Exchange&& exchange, Add&& add) {
  std::size_t const branches = std::bit_floor(size);
  if (rank >= branches) {
    exchange(rank - branches, values, Values());
    exchange(rank - branches, Values(), values);
    return;
  }
  bool const has_guest = rank + branches < size;
  if (has_guest) {
    exchange(rank + branches, Values(), received);
    add(received, values);
  }
  for (std::size_t distance = 1; distance < branches; distance *= 2) {
    exchange(rank ^ distance, values, received);
    add(received, values); // a + b = b + a: both ranks have the same bits
  }
  if (has_guest) {
    exchange(rank + branches, values, Values());
  }
}

/// In the host's memory.
template <class Exchange>
void tree_sum(std::span<float> values, std::size_t rank, std::size_t size, Exchange&& exchange) {
  std::vector<float> received(size > 1 ? values.size() : 0);
  tree_sum(values, std::span(received), rank, size, exchange, add_values);
}

} // namespace srlm
