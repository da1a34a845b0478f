/// All randomness enters through a Seed argument. Child streams are counter-based, so a result depends on its own seed
/// and not on how much randomness others used before it.
#pragma once
#include <srlm/core/host_device.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility> // swap

namespace srlm {

struct Seed {
  std::uint64_t value = 0;

  /// The n-th child: an independent stream (splitmix64; Steele, Lea and Flood 2014).
  SRLM_HOST_DEVICE constexpr Seed fork(std::uint64_t n) const {
    std::uint64_t z = value + 0x9E3779B97F4A7C15ull * (n + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return {z ^ (z >> 31)};
  }

  /// The n-th number of this stream, uniform in [0, 1) with 53 bits.
  SRLM_HOST_DEVICE constexpr double uniform(std::uint64_t n) const {
    return static_cast<double>(fork(n).value >> 11) * 0x1.0p-53;
  }

  /// The n-th number of this stream, uniform in 0 .. bound - 1; bound > 0.
  constexpr std::size_t below(std::size_t bound, std::uint64_t n) const {
    return static_cast<std::size_t>(uniform(n) * static_cast<double>(bound));
  }

  constexpr bool operator==(Seed const&) const = default;
};

/// Puts the items in a random order (Fisher and Yates), the same for the same seed on every machine.
template <class T>
constexpr void shuffle(std::span<T> items, Seed seed) {
  for (std::size_t i = items.size(); i > 1; --i) {
    std::swap(items[i - 1], items[seed.below(i, i)]);
  }
}

} // namespace srlm
