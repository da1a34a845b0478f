/// Communicator: the ranks that train together. The loop never mentions them; a trainer that has one sums gradients.
#pragma once
#include <concepts>
#include <cstddef>
#include <span>
#include <vector>

namespace srlm {

/// all_reduce_sum: in place, ordered on the backend's stream. all_gather: every rank's bytes, by rank.
template <class C, class B>
concept Communicator = requires(C& c, typename B::template span<float> values, std::span<std::byte const> bytes) {
  { c.rank() } -> std::same_as<int>;
  { c.size() } -> std::same_as<int>;
  c.all_reduce_sum(values);
  { c.all_gather(bytes) } -> std::same_as<std::vector<std::vector<std::byte>>>;
};

} // namespace srlm
