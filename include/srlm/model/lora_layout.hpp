/// Low-rank adapters (Hu et al. 2021, arXiv 2106.09685): beside a matrix W [out, in] stand A [r, in] and B [out, r],
/// and the product is x W^T + scale (x A^T) B^T. Here is where they lie; model/lora.hpp is what a user opens.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/model/weights.hpp>
#include <algorithm> // find, find_if
#include <array>
#include <cmath> // isfinite, sqrt
#include <string>
#include <string_view>
#include <vector>

namespace srlm {

/// What adapters a model gets. rank and alpha are not the paper's, which trains all weights; scale = alpha / rank
/// (Hu et al. 2021, section 4.1), or alpha / sqrt(rank) (Kalajdzievski 2023, arXiv 2312.03732).
struct LoraOptions {
  std::size_t rank = 16;
  double alpha = 16;
  bool rank_stabilised = false;
  std::vector<std::string> targets = {}; ///< names as q_proj, in every layer; empty: all seven matrices of a layer

  double scale() const {
    double const r = static_cast<double>(rank);
    return alpha / (rank_stabilised ? std::sqrt(r) : r);
  }
};

namespace model {

/// One of the matrices of a layer by its Hugging Face name, and which rows of which product it is.
struct Projection {
  std::string_view block, name;
  Linear linear;
  std::size_t first_output, outputs, inputs;

  /// "model.layers.3.self_attn.q_proj".
  std::string module(std::size_t layer) const {
    return "model.layers." + std::to_string(layer) + "." + std::string(block) + "." + std::string(name);
  }
};

inline std::array<Projection, 7> projections(io::ModelConfig const& c) {
  std::size_t const q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim, f = c.intermediate;
  return {{{"self_attn", "q_proj", Linear::qkv, 0, q, c.hidden},
           {"self_attn", "k_proj", Linear::qkv, q, kv, c.hidden},
           {"self_attn", "v_proj", Linear::qkv, q + kv, kv, c.hidden},
           {"self_attn", "o_proj", Linear::out, 0, c.hidden, q},
           {"mlp", "gate_proj", Linear::gate_up, 0, f, c.hidden},
           {"mlp", "up_proj", Linear::gate_up, f, f, c.hidden},
           {"mlp", "down_proj", Linear::down, 0, c.hidden, f}}};
}

/// One adapter: its projection, and where A and B lie in the arena of all of them.
struct AdapterPlace {
  std::size_t layer;
  Projection projection;
  std::size_t a, b;
};

/// All adapters of a model, with their tensors by the names that PEFT gives them.
struct LoraLayout {
  LoraOptions options;              ///< targets: as they were asked for
  std::vector<AdapterPlace> places; ///< layer by layer
  std::vector<NamedTensor> tensors; ///< A and B of every place
  std::size_t floats = 0;

  std::size_t rank() const { return options.rank; }
  float scale() const { return static_cast<float>(options.scale()); }

  /// Throws: Error for a layer before the last one added.
  void add(std::size_t layer, Projection const& p) {
    require(places.empty() || places.back().layer <= layer, "LoRA", "a layer before the last one", "layers in order");
    std::size_t const a = floats, b = a + rank() * p.inputs;
    floats = b + p.outputs * rank();
    places.push_back({layer, p, a, b});
    std::string const module = "base_model.model." + p.module(layer);
    tensors.push_back({module + ".lora_A.weight", {rank(), p.inputs}, true, a, b - a});
    tensors.push_back({module + ".lora_B.weight", {p.outputs, rank()}, true, b, floats - b});
  }
};

/// Throws: Error for numbers that no adapter has.
inline void check_lora(LoraOptions const& options) {
  require(options.rank > 0 && options.rank <= std::size_t{1} << 16, "LoRA: rank", "0 or more than 65536", "at least 1");
  if (!(options.alpha > 0 && std::isfinite(options.alpha))) {
    throw Error("LoRA: alpha", std::to_string(options.alpha), "a number above 0");
  }
}

/// The targets in every layer. Throws: Error for a rank or alpha that is none, and for a target that no layer has.
inline LoraLayout lora_layout(io::ModelConfig const& config, LoraOptions const& options) {
  check_lora(options);
  auto const all = projections(config);
  for (std::string const& target : options.targets) {
    if (std::find_if(all.begin(), all.end(), [&](Projection const& p) { return p.name == target; }) == all.end()) {
      throw Error("LoRA: target", "\"" + target + "\"",
                  "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj or down_proj");
    }
  }
  LoraLayout layout{options, {}, {}, 0};
  for (std::size_t l = 0; l < config.layers; ++l) {
    for (Projection const& p : all) {
      if (options.targets.empty() ||
          std::find(options.targets.begin(), options.targets.end(), p.name) != options.targets.end()) {
        layout.add(l, p);
      }
    }
  }
  return layout;
}

} // namespace model
} // namespace srlm
