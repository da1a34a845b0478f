#pragma once
#include <srlm/concepts/explain.hpp>

class MyRanks { // one rank alone; yours talks to the others
 public:
  /// This rank, from 0.
  int rank() { return 0; }

  /// How many there are.
  int size() { return 1; }

  /// Puts the sum over all ranks in place of the values, which lie in the backend's memory; in the order of its stream.
  template <class FloatSpan>
  void all_reduce_sum(FloatSpan /*values*/) {}

  /// The bytes of every rank, by rank; their numbers may differ.
  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) {
    return {{bytes.begin(), bytes.end()}};
  }
};

struct MyHostMemory { // all that a communicator asks of a tensor backend: what its spans are
  template <class T>
  using span = std::span<T>;
};
static_assert(srlm::explain_communicator<MyRanks, MyHostMemory>());
