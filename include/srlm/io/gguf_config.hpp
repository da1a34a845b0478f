/// A model's shape from and to GGUF metadata. GGUF knows Mistral as "llama" (the same computation), and stores the
/// rotary scaling of Llama 3.1 as a tensor of divisors, rope_freqs.weight.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/gguf.hpp>
#include <srlm/io/gguf_metadata.hpp>
#include <srlm/io/model_config.hpp>
#include <srlm/io/tensor.hpp>
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace srlm::io {

/// The tensor in which GGUF stores per-frequency divisors.
inline constexpr char const* rope_factors_name = "rope_freqs.weight";

/// Llama 3.1's scaling behind a list of divisors, if it is that (low 1, high 4, context 8192, as all its releases);
/// so that the model can go back into a config.json, which has no place for a list.
inline RopeScaling scaling_from_divisors(std::vector<float> divisors, double theta, std::size_t head_dim) {
  RopeScaling llama3;
  llama3.kind = RopeScaling::Kind::llama3;
  llama3.factor = divisors.empty() ? 1.0 : static_cast<double>(*std::max_element(divisors.begin(), divisors.end()));
  std::vector<float> const expected = rotary_divisors(llama3, theta, head_dim);
  bool same = llama3.factor > 1 && expected.size() == divisors.size();
  for (std::size_t i = 0; same && i < divisors.size(); ++i) {
    same = std::fabs(expected[i] - divisors[i]) <= 1e-5f * expected[i];
  }
  if (same) {
    return llama3;
  }
  RopeScaling listed;
  listed.kind = RopeScaling::Kind::factors;
  listed.factors = std::move(divisors);
  return listed;
}

/// Every token that ends a response: the eos, end-of-turn and end-of-message keys, then control tokens that chat
/// models write at the end of a turn, since older files name only one. Ids are as stored, not yet checked.
inline std::vector<Token> end_tokens_from_gguf(GgufMetadata const& metadata) {
  std::vector<Token> ends;
  auto const add = [&](Token token) {
    if (std::find(ends.begin(), ends.end(), token) == ends.end()) {
      ends.push_back(token);
    }
  };
  for (char const* key : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    if (std::optional<Token> const id = metadata.find<Token>(std::string("tokenizer.ggml.") + key)) {
      add(*id);
    }
  }
  auto const tokens = metadata.find<std::vector<std::string>>("tokenizer.ggml.tokens");
  auto const types = metadata.find<std::vector<std::int64_t>>("tokenizer.ggml.token_type");
  for (std::size_t i = 0; tokens && types && i < std::min(tokens->size(), types->size()); ++i) {
    std::string const& token = (*tokens)[i];
    if ((*types)[i] == 3 && (token == "<|im_end|>" || token == "<|eot_id|>" || token == "<end_of_turn>")) {
      add(static_cast<Token>(i));
    }
  }
  return ends;
}

/// The shape of the model in a GGUF file.
/// Throws: Error that names the file and the key: absent, mistyped, out of range, or a kind that srlm does not compute.
inline ModelConfig config_from_gguf(GgufFile const& file) {
  GgufMetadata const& metadata = file.metadata();
  std::string const& where = metadata.where();
  std::string const architecture = metadata.get<std::string>("general.architecture");
  if (architecture != "llama" && architecture != "qwen2") {
    throw Error(where + ": general.architecture", "\"" + architecture + "\"", "llama (Mistral too) or qwen2");
  }
  std::string const prefix = architecture + ".";
  auto const size = [&](char const* key) { return metadata.get<std::size_t>(prefix + key); };
  auto const number = [&](char const* key) { return metadata.find<double>(prefix + key); };
  if (metadata.find<std::uint64_t>(prefix + "expert_count").value_or(0) > 0) {
    throw Error(where, "a mixture of experts", "a model with one feed-forward part in each layer");
  }
  ModelConfig config;
  config.architecture = architecture;
  config.name = metadata.find<std::string>("general.name").value_or("");
  config.hidden = size("embedding_length");
  config.layers = size("block_count");
  config.heads = size("attention.head_count");
  config.kv_heads = metadata.find<std::size_t>(prefix + "attention.head_count_kv").value_or(config.heads);
  config.intermediate = size("feed_forward_length");
  config.context = size("context_length");
  if (config.heads == 0) {
    throw Error(where + ": " + prefix + "attention.head_count", "0", "at least 1");
  }
  config.head_dim = metadata.find<std::size_t>(prefix + "attention.key_length").value_or(config.hidden / config.heads);
  for (char const* key : {"attention.value_length", "rope.dimension_count"}) {
    if (metadata.find<std::size_t>(prefix + key).value_or(config.head_dim) != config.head_dim) {
      throw Error(where + ": " + prefix + key, std::to_string(size(key)),
                  "the head size " + std::to_string(config.head_dim));
    }
  }
  config.rms_epsilon = metadata.get<double>(prefix + "attention.layer_norm_rms_epsilon");
  config.rope_theta = number("rope.freq_base").value_or(10000.0);
  config.qkv_bias = architecture == "qwen2";
  config.sliding_window = metadata.find<std::size_t>(prefix + "attention.sliding_window");
  if (config.sliding_window) {
    if (architecture != "llama") {
      throw Error(where + ": " + prefix + "attention.sliding_window", std::to_string(*config.sliding_window), "none");
    }
    config.architecture = "mistral";
  }
  TensorSource const* const embedding = find_tensor(file.tensors(), "token_embd.weight");
  std::optional<std::size_t> vocabulary = metadata.find<std::size_t>(prefix + "vocab_size");
  if (embedding != nullptr && embedding->shape.size() == 2) {
    vocabulary = embedding->shape[0];
  }
  if (!vocabulary) {
    vocabulary = metadata.get<std::vector<std::string>>("tokenizer.ggml.tokens").size();
  }
  config.vocabulary = *vocabulary;
  config.tied_embeddings = embedding != nullptr && find_tensor(file.tensors(), "output.weight") == nullptr;

  std::string const kind = metadata.find<std::string>(prefix + "rope.scaling.type").value_or("none");
  double const legacy = number("rope.scale_linear").value_or(1.0); // files from before rope.scaling
  if (kind == "linear" || (kind == "none" && legacy != 1.0)) {
    config.rope_scaling.kind = RopeScaling::Kind::linear;
    config.rope_scaling.factor = number("rope.scaling.factor").value_or(legacy);
  } else if (kind != "none") {
    throw Error(where + ": " + prefix + "rope.scaling.type", "\"" + kind + "\"", "none or linear");
  }
  if (TensorSource const* const factors = find_tensor(file.tensors(), rope_factors_name)) {
    if (config.rope_scaling.kind != RopeScaling::Kind::none) {
      throw Error(where, std::string(rope_factors_name) + " beside a rope.scaling.type of linear", "one of them");
    }
    config.rope_scaling = scaling_from_divisors(read_f32(*factors), config.rope_theta, config.head_dim);
  }
  auto const token = [&](char const* key) -> std::optional<Token> {
    return metadata.find<Token>(std::string("tokenizer.ggml.") + key);
  };
  config.bos = token("bos_token_id");
  config.padding = token("padding_token_id");
  config.eos = end_tokens_from_gguf(metadata);
  check(config, where);
  return config;
}

/// Sets the keys of a model's shape. Llama 3.1's scaling needs a tensor besides, see rope_factors.
inline void config_to_gguf(ModelConfig const& config, GgufMetadata& metadata) {
  check(config, metadata.where());
  std::string const architecture = config.architecture == "mistral" ? "llama" : config.architecture;
  std::string const prefix = architecture + ".";
  auto const size = [&](char const* key, std::size_t value) {
    metadata.set(prefix + key, static_cast<std::uint32_t>(value)); // check keeps all sizes below 2^32
  };
  metadata.set("general.architecture", architecture);
  metadata.set("general.type", std::string("model"));
  if (!config.name.empty()) {
    metadata.set("general.name", config.name);
  }
  size("block_count", config.layers);
  size("context_length", config.context);
  size("embedding_length", config.hidden);
  size("feed_forward_length", config.intermediate);
  size("attention.head_count", config.heads);
  size("attention.head_count_kv", config.kv_heads);
  size("attention.key_length", config.head_dim);
  size("attention.value_length", config.head_dim);
  size("rope.dimension_count", config.head_dim);
  size("vocab_size", config.vocabulary);
  metadata.set(prefix + "rope.freq_base", static_cast<float>(config.rope_theta));
  metadata.set(prefix + "attention.layer_norm_rms_epsilon", static_cast<float>(config.rms_epsilon));
  if (config.sliding_window) {
    size("attention.sliding_window", std::min(*config.sliding_window, std::size_t{1} << 30));
  }
  if (config.rope_scaling.kind == RopeScaling::Kind::linear) {
    metadata.set(prefix + "rope.scaling.type", std::string("linear"));
    metadata.set(prefix + "rope.scaling.factor", static_cast<float>(config.rope_scaling.factor));
  }
}

/// The values of rope_freqs.weight, shape [head_dim / 2], that must be written with this model; nullopt: none.
inline std::optional<std::vector<float>> rope_factors(ModelConfig const& config) {
  RopeScaling::Kind const kind = config.rope_scaling.kind;
  if (kind == RopeScaling::Kind::llama3 || kind == RopeScaling::Kind::factors) {
    return rotary_divisors(config);
  }
  return std::nullopt;
}

} // namespace srlm::io
