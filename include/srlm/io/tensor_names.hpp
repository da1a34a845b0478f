/// The names of a Llama-family model's weights in Hugging Face files and in GGUF, and the order of Q and K rows, which
/// differs between the two: Hugging Face rotates dimension i with i + head_dim / 2 ("halves"), GGUF's llama
/// architecture rotates 2 i with 2 i + 1 ("interleaved"). Qwen2 is stored in halves in both.
#pragma once
#include <srlm/core/error.hpp>
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility> // pair
#include <vector>

namespace srlm::io {

namespace detail {

using NamePair = std::pair<std::string_view, std::string_view>; // Hugging Face, GGUF

inline constexpr std::array model_names = {
    NamePair{"model.embed_tokens.weight", "token_embd.weight"},
    NamePair{"model.norm.weight", "output_norm.weight"},
    NamePair{"lm_head.weight", "output.weight"},
};

/// After "model.layers.N." and "blk.N.".
inline constexpr std::array layer_names = {
    NamePair{"input_layernorm.weight", "attn_norm.weight"},
    NamePair{"post_attention_layernorm.weight", "ffn_norm.weight"},
    NamePair{"self_attn.q_proj.weight", "attn_q.weight"},
    NamePair{"self_attn.k_proj.weight", "attn_k.weight"},
    NamePair{"self_attn.v_proj.weight", "attn_v.weight"},
    NamePair{"self_attn.o_proj.weight", "attn_output.weight"},
    NamePair{"self_attn.q_proj.bias", "attn_q.bias"},
    NamePair{"self_attn.k_proj.bias", "attn_k.bias"},
    NamePair{"self_attn.v_proj.bias", "attn_v.bias"},
    NamePair{"mlp.gate_proj.weight", "ffn_gate.weight"},
    NamePair{"mlp.up_proj.weight", "ffn_up.weight"},
    NamePair{"mlp.down_proj.weight", "ffn_down.weight"},
};

/// Splits "PREFIX12.rest" into 12 and rest; the number without leading zeros.
inline std::optional<std::pair<std::string_view, std::string_view>> split_layer(std::string_view name,
                                                                                std::string_view prefix) {
  if (!name.starts_with(prefix)) {
    return std::nullopt;
  }
  name.remove_prefix(prefix.size());
  std::size_t digits = 0;
  while (digits < name.size() && name[digits] >= '0' && name[digits] <= '9') {
    ++digits;
  }
  if (digits == 0 || digits > 5 || (digits > 1 && name[0] == '0') || digits == name.size() || name[digits] != '.') {
    return std::nullopt;
  }
  return std::pair(name.substr(0, digits), name.substr(digits + 1));
}

/// from: the member of NamePair that is given, to: the one that is wanted.
inline std::optional<std::string> translate(std::string_view name, std::string_view NamePair::*from,
                                            std::string_view NamePair::*to, std::string_view from_layer,
                                            std::string_view to_layer) {
  for (NamePair const& pair : model_names) {
    if (pair.*from == name) {
      return std::string(pair.*to);
    }
  }
  if (auto const layer = split_layer(name, from_layer)) {
    for (NamePair const& pair : layer_names) {
      if (pair.*from == layer->second) {
        return std::string(to_layer) + std::string(layer->first) + "." + std::string(pair.*to);
      }
    }
  }
  return std::nullopt;
}

/// Row r of the result is row order(r) of what was there, within each head.
template <class Order>
void reorder_rows(std::span<float> rows, std::size_t heads, std::size_t head_dim, std::size_t columns, char const* name,
                  Order order) {
  if (head_dim % 2 != 0 || heads == 0 || head_dim == 0 || columns == 0 ||
      rows.size() / heads / head_dim / columns != 1 || rows.size() != heads * head_dim * columns) {
    throw Error(name, std::to_string(rows.size()) + " values",
                std::to_string(heads) + " heads of " + std::to_string(head_dim) + " rows (an even number) of " +
                    std::to_string(columns));
  }
  std::vector<float> head(head_dim * columns);
  for (std::size_t h = 0; h < heads; ++h) {
    std::span<float> const place = rows.subspan(h * head.size(), head.size());
    head.assign(place.begin(), place.end());
    for (std::size_t r = 0; r < head_dim; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        place[r * columns + c] = head[order(r) * columns + c];
      }
    }
  }
}

} // namespace detail

/// "model.layers.3.mlp.up_proj.weight" -> "blk.3.ffn_up.weight"; nullopt for a name of no Llama-family weight.
inline std::optional<std::string> gguf_name(std::string_view hugging_face_name) {
  return detail::translate(hugging_face_name, &detail::NamePair::first, &detail::NamePair::second, "model.layers.",
                           "blk.");
}

/// The reverse of gguf_name.
inline std::optional<std::string> hugging_face_name(std::string_view gguf_name) {
  return detail::translate(gguf_name, &detail::NamePair::second, &detail::NamePair::first, "blk.", "model.layers.");
}

/// Whether a GGUF file of this architecture ("llama", "mistral", "qwen2") has its Q and K rows interleaved.
inline bool stores_interleaved_rows(std::string_view architecture) {
  return architecture == "llama" || architecture == "mistral";
}

/// Whether the weight, by its Hugging Face name, is one whose rows the two formats order differently (Q or K, weight
/// or bias).
inline bool has_rotary_rows(std::string_view hugging_face_name) {
  return hugging_face_name.find(".self_attn.q_proj.") != std::string_view::npos ||
         hugging_face_name.find(".self_attn.k_proj.") != std::string_view::npos;
}

/// From GGUF's order to Hugging Face's, in place. rows: [heads * head_dim, columns]; a bias has columns = 1.
/// Throws: Error if the sizes do not belong together.
inline void to_halves(std::span<float> rows, std::size_t heads, std::size_t head_dim, std::size_t columns) {
  std::size_t const half = head_dim / 2;
  detail::reorder_rows(rows, heads, head_dim, columns, "to_halves",
                       [half](std::size_t r) { return r < half ? 2 * r : 2 * (r - half) + 1; });
}

/// From Hugging Face's order to GGUF's, in place: the reverse of to_halves.
inline void to_interleaved(std::span<float> rows, std::size_t heads, std::size_t head_dim, std::size_t columns) {
  std::size_t const half = head_dim / 2;
  detail::reorder_rows(rows, heads, head_dim, columns, "to_interleaved",
                       [half](std::size_t r) { return r / 2 + (r % 2) * half; });
}

} // namespace srlm::io
