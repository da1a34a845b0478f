/// Memory of a command that trains: planned and told before any work, and refused where it cannot be had.
#pragma once
#include "command.hpp"
#include <srlm/io/available_memory.hpp>
#include <srlm/model/memory_plan.hpp>
#include <algorithm> // partial_sort
#include <numeric>   // accumulate

namespace srlm::cli {

/// The numbers of a model, and of them those that learn.
inline model::MemoryUse memory_use(Model& policy, std::string const& backend) {
  model::MemoryUse use;
  for (model::NamedTensor const& t : policy.tensors()) {
    use.weights += t.size;
  }
  for (auto const& p : policy.parameters()) {
    use.learned += p.value.size();
  }
  if (backend == "onednn") { // bf16: a form for each use, and half of the keys
    use.packed_bytes = use.learned == use.weights ? 4 : 2;
    use.key_bytes = 2;
  }
  return use;
}

/// Tokens of the `count` longest rows together.
inline std::size_t longest_rows(std::vector<std::size_t> lengths, std::size_t count) {
  auto const end = lengths.begin() + static_cast<std::ptrdiff_t>(std::min(count, lengths.size()));
  std::partial_sort(lengths.begin(), end, lengths.end(), std::greater<>());
  return std::accumulate(lengths.begin(), end, std::size_t{0});
}

struct MemoryChoice {
  double gibibytes = 0;

  void add_memory_option(CLI::App& app) {
    app.add_option("--memory", gibibytes, "GiB that may be taken; 0: what is free")
        ->check(CLI::Range(0.0, 1e6))
        ->capture_default_str();
  }

  /// Throws: Error where it does not fit. Memory of another device is not planned.
  std::optional<model::MemoryPlan> plan(Model const& policy, model::MemoryUse const& use,
                                        std::string const& backend) const {
    if (backend.starts_with("cuda")) {
      return {};
    }
    std::optional<std::size_t> available;
    if (gibibytes > 0) {
      available = static_cast<std::size_t>(gibibytes * static_cast<double>(std::size_t{1} << 30));
    } else if (auto const free = io::available_memory()) {
      available = *free + use.weights * sizeof(float); // they are there already
    }
    return model::plan_memory(policy.config(), use, available);
  }
};

/// What a plan decides, told to a model.
inline void keep_to(std::optional<model::MemoryPlan> const& plan, Model& policy) {
  if (plan) {
    policy.recompute = plan->recompute;
    policy.kept_logits = plan->kept_logits;
    policy.limits.cache_bytes = plan->cache_bytes > 0 ? plan->cache_bytes : policy.limits.cache_bytes;
  }
}

} // namespace srlm::cli
