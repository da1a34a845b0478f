/// Replay, or none: one type for both.
#pragma once
#include "command.hpp"
#include <srlm/train/replay.hpp>
#include <optional>

namespace srlm::cli {

struct OptionalReplay {
  static constexpr bool is_replay = true;
  std::optional<Replay> replay = {};

  double learn(Model& model, std::size_t step, Seed seed) const {
    return replay ? replay->learn(model, step, seed) : 0;
  }
};

} // namespace srlm::cli
