/// The order in which a trainer sees its examples: every epoch in a new random order, in batches of equal size.
#pragma once
#include <srlm/core/seed.hpp>
#include <algorithm> // min
#include <cstddef>
#include <numeric> // iota
#include <span>
#include <vector>

namespace srlm {

/// Batch and epoch sizes of a training stage. The last batch of an epoch may be smaller.
struct BatchPlan {
  std::size_t examples, batch, epochs;

  std::size_t steps_per_epoch() const { return (examples + batch - 1) / batch; }
  std::size_t steps() const { return steps_per_epoch() * epochs; }

  /// The examples of step `step`, by index: a function of (plan, step, seed) alone, so a resumed run sees the same.
  std::vector<std::size_t> indices(std::size_t step, Seed seed) const {
    std::vector<std::size_t> order(examples);
    std::iota(order.begin(), order.end(), std::size_t{0});
    shuffle(std::span(order), seed.fork(step / steps_per_epoch()));
    std::size_t const first = step % steps_per_epoch() * batch, last = std::min(first + batch, examples);
    return {order.begin() + static_cast<std::ptrdiff_t>(first), order.begin() + static_cast<std::ptrdiff_t>(last)};
  }
};

} // namespace srlm
