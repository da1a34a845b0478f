/// The memory of a run, known before it begins: what each part takes, what is computed again instead of kept, and
/// whether all of it fits.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/model/generation_limits.hpp>
#include <srlm/model/head.hpp> // head_rows
#include <algorithm>           // max, min
#include <cstdio>              // snprintf
#include <optional>
#include <string>
#include <vector>

namespace srlm::model {

/// What a run does, in numbers.
struct MemoryUse {
  std::size_t weights = 0;                          ///< numbers of the policy's weights
  std::size_t learned = 0;                          ///< numbers that learn: all of them, or adapters
  std::size_t other_weights = 0;                    ///< of models beside it: a judge, a reference
  std::size_t packed_bytes = 0;                     ///< that the tensor policy keeps beside each weight
  std::size_t key_bytes = sizeof(float);            ///< of a number of the keys and values that it keeps
  std::size_t trained_rows = 0;                     ///< tokens of a micro-batch, at most
  std::size_t longest = 0;                          ///< tokens of a prompt with its answer, at most
  std::size_t answers = GenerationLimits{}.answers; ///< written at the same time
};

struct MemoryPart {
  std::string what;
  std::size_t bytes;
};

struct MemoryPlan {
  std::vector<MemoryPart> parts;
  bool recompute = false;      ///< LanguageModel::recompute
  std::size_t kept_logits = 0; ///< LanguageModel::kept_logits
  std::size_t cache_bytes = 0; ///< GenerationLimits::cache_bytes

  std::size_t total() const {
    std::size_t sum = 0;
    for (MemoryPart const& part : parts) {
      sum += part.bytes;
    }
    return sum;
  }
};

inline std::string in_gib(std::size_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GiB", static_cast<double>(bytes) / static_cast<double>(std::size_t{1} << 30));
  return text;
}

/// One line: the sum, then each part.
inline std::string memory_line(MemoryPlan const& plan) {
  std::string line = "memory: " + in_gib(plan.total()) + " at most (";
  for (std::size_t i = 0; i < plan.parts.size(); ++i) {
    line += (i > 0 ? ", " : "") + plan.parts[i].what + " " + in_gib(plan.parts[i].bytes);
  }
  return line + ")";
}

/// Floats of a training pass over so many rows: what all layers keep, and what the layer at work has beside it.
inline std::size_t activation_floats(io::ModelConfig const& c, std::size_t rows, bool recompute) {
  std::size_t const qkv = (c.heads + 2 * c.kv_heads) * c.head_dim, attended = c.heads * c.head_dim,
                    kept = c.hidden + qkv + attended + c.heads + c.hidden + 2 * c.intermediate,
                    working = 3 * c.hidden + 4 * c.intermediate + attended + qkv // gradients of one layer
                              + 4 * c.kv_heads * c.head_dim                      // its pages, and theirs
                              + 6 * attended; // keys, values and their gradients for each head, in f32 and in bf16
  return rows * (recompute ? c.layers * c.hidden + kept + working : c.layers * kept + working);
}

/// available: bytes that may be taken; nothing: no limit is known. Logits and then activations are computed again, and
/// fewer keys kept, where they would not fit. Throws: Error that names every part, where nothing helps.
inline MemoryPlan plan_memory(io::ModelConfig const& c, MemoryUse const& use, std::optional<std::size_t> available) {
  constexpr std::size_t number = sizeof(float), logit_copies = 2;
  std::size_t const page = 2 * c.kv_heads * c.head_dim * page_length * c.layers * use.key_bytes,
                    pages = use.longest / page_length + 3; // of one answer; see Generation
  std::size_t const least_cache = use.longest > 0 ? 3 * pages * page : 0,
                    wanted_cache = use.longest > 0 ? (use.answers + 3) * pages * page : 0;
  MemoryPlan plan;
  auto const add = [&](char const* what, std::size_t bytes) {
    if (bytes > 0) {
      plan.parts.push_back({what, bytes});
    }
  };
  add("weights", (use.weights + use.other_weights) * number);
  add("packed weights", (use.weights + use.other_weights) * use.packed_bytes);
  add("gradients", use.learned * number);
  add("moments", 2 * use.learned * number);
  add("logits", logit_copies * head_rows * c.vocabulary * number);
  std::size_t const fixed = plan.total();
  auto const fits = [&](std::size_t bytes) { return !available || fixed + bytes <= *available; };

  std::size_t const all = activation_floats(c, use.trained_rows, false) * number,
                    inputs = activation_floats(c, use.trained_rows, true) * number;
  plan.recompute = use.trained_rows > 0 && !fits(all) && inputs < all;
  std::size_t kept = plan.recompute ? inputs : use.trained_rows > 0 ? all : 0;
  if (use.trained_rows > 0 && !plan.recompute) {
    std::size_t const row = c.vocabulary * number, most = use.trained_rows * row,
                      room = available ? *available - std::min(*available, fixed + all) : most;
    plan.kept_logits = std::min(room, most) / row;
    kept += plan.kept_logits * row;
  }
  plan.cache_bytes = std::min(GenerationLimits{}.cache_bytes, std::max(wanted_cache, least_cache));
  if (!fits(plan.cache_bytes)) {
    plan.cache_bytes = std::max(least_cache, *available > fixed ? *available - fixed : 0);
  }
  // a batch is learned from or written, never both at once
  add(kept >= plan.cache_bytes ? plan.recompute ? "activations (computed again)" : "activations" : "keys and values",
      std::max(kept, plan.cache_bytes));
  if (available && plan.total() > *available) {
    throw Error("memory", memory_line(plan).substr(8),
                "at most " + in_gib(*available) +
                    ", which is what is free here; a smaller model, micro-batch or answer takes less, and adapters "
                    "have small gradients and moments");
  }
  return plan;
}

} // namespace srlm::model
