/// A model's shape from and to Hugging Face's config.json and generation_config.json, in the forms of transformers 4
/// (rope_theta, rope_scaling) and 5 (rope_parameters).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/dtype.hpp>
#include <srlm/io/json.hpp>
#include <srlm/io/model_config.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace srlm::io {

/// A token id: a whole number that is not negative.
inline Token token_of(Json const& value, std::string const& where) {
  if (!value.is_number_integer() || value < 0 || value > std::numeric_limits<Token>::max()) {
    throw Error(where, excerpt(value), "a token id");
  }
  return value.get<Token>();
}

/// The ids under a key such as "eos_token_id": a number, a list or null.
inline std::vector<Token> token_list(Json const& document, char const* key, std::string const& where) {
  std::vector<Token> tokens;
  if (Json const* const value = optional_field(document, key, where)) {
    if (value->is_array()) {
      for (Json const& element : *value) {
        tokens.push_back(token_of(element, where + ": " + key));
      }
    } else {
      tokens.push_back(token_of(*value, where + ": " + key));
    }
  }
  return tokens;
}

namespace detail {

inline std::optional<std::size_t> optional_size(Json const& document, char const* key, std::string const& where) {
  std::optional<std::int64_t> const value = optional_integer(document, key, where);
  if (!value) {
    return std::nullopt;
  }
  if (*value <= 0 || *value > (std::int64_t{1} << 40)) {
    throw Error(where + ": " + key, std::to_string(*value), "a positive size");
  }
  return static_cast<std::size_t>(*value);
}

inline std::size_t required_size(Json const& document, char const* key, std::string const& where) {
  required_field(document, key, where);
  return *optional_size(document, key, where);
}

inline std::string architecture_of(Json const& document, std::string const& where) {
  std::string type = optional_string(document, "model_type", where).value_or("");
  if (type.empty()) {
    if (Json const* const names = optional_field(document, "architectures", where);
        names != nullptr && names->is_array() && !names->empty() && names->front().is_string()) {
      std::string const name = names->front().get<std::string>();
      type = name == "LlamaForCausalLM"     ? "llama"
             : name == "MistralForCausalLM" ? "mistral"
             : name == "Qwen2ForCausalLM"   ? "qwen2"
                                            : name;
    }
  }
  if (type != "llama" && type != "mistral" && type != "qwen2") {
    throw Error(where + ": model_type", "\"" + type + "\"", "llama, mistral or qwen2");
  }
  return type;
}

/// rope_scaling of transformers 4 or rope_parameters of transformers 5: both have the same fields.
inline RopeScaling rope_scaling_of(Json const& document, std::string const& where) {
  RopeScaling scaling;
  std::optional<std::string> type = optional_string(document, "rope_type", where);
  if (!type) {
    type = optional_string(document, "type", where);
  }
  if (!type || *type == "default" || *type == "none") {
    return scaling;
  }
  if (*type == "linear") {
    scaling.kind = RopeScaling::Kind::linear;
    scaling.factor = required_number(document, "factor", where);
    return scaling;
  }
  if (*type == "llama3") {
    scaling.kind = RopeScaling::Kind::llama3;
    scaling.factor = required_number(document, "factor", where);
    scaling.low_freq_factor = required_number(document, "low_freq_factor", where);
    scaling.high_freq_factor = required_number(document, "high_freq_factor", where);
    scaling.original_context = required_size(document, "original_max_position_embeddings", where);
    return scaling;
  }
  throw Error(where + ": rope_type", "\"" + *type + "\"", "default, linear or llama3");
}

inline void read_rope(Json const& document, ModelConfig& config, std::string const& where) {
  config.rope_theta = optional_number(document, "rope_theta", where).value_or(10000.0);
  if (Json const* const parameters = optional_field(document, "rope_parameters", where)) {
    std::string const at = where + ": rope_parameters";
    config.rope_scaling = rope_scaling_of(*parameters, at);
    config.rope_theta = optional_number(*parameters, "rope_theta", at).value_or(config.rope_theta);
    if (optional_number(*parameters, "partial_rotary_factor", at).value_or(1.0) != 1.0) {
      throw Error(at, "a partial_rotary_factor other than 1", "1");
    }
  }
  if (Json const* const scaling = optional_field(document, "rope_scaling", where)) {
    config.rope_scaling = rope_scaling_of(*scaling, where + ": rope_scaling");
  }
  if (optional_number(document, "partial_rotary_factor", where).value_or(1.0) != 1.0) {
    throw Error(where, "a partial_rotary_factor other than 1", "1");
  }
}

/// Things that a file can ask for and that srlm does not compute: refused, since ignoring them gives wrong numbers.
inline void refuse_unsupported(Json const& document, ModelConfig const& config, std::string const& where) {
  std::string const activation = optional_string(document, "hidden_act", where).value_or("silu");
  if (activation != "silu" && activation != "swish") {
    throw Error(where + ": hidden_act", "\"" + activation + "\"", "silu");
  }
  if (optional_field(document, "quantization_config", where) != nullptr) {
    throw Error(where, "a quantization_config", "weights as F32, F16 or BF16");
  }
  if (config.architecture != "qwen2" && optional_bool(document, "attention_bias", where).value_or(false)) {
    throw Error(where + ": attention_bias", "true (the attention output has a bias too)", "false");
  }
  if (optional_bool(document, "mlp_bias", where).value_or(false)) {
    throw Error(where + ": mlp_bias", "true", "false");
  }
  if (config.architecture == "qwen2" && optional_bool(document, "use_sliding_window", where).value_or(false)) {
    std::size_t const full = optional_size(document, "max_window_layers", where).value_or(28);
    if (optional_field(document, "sliding_window", where) != nullptr && full < config.layers) {
      throw Error(where + ": use_sliding_window", "true, for some of the layers", "false");
    }
  }
}

} // namespace detail

/// The shape from the two documents. where: the name of config.json for messages. generation may be null: its
/// eos_token_id comes before that of config.json.
/// Throws: Error that names the file and the key.
inline ModelConfig config_from_json(Json const& document, Json const& generation, std::string const& where) {
  if (!document.is_object()) {
    throw Error(where, excerpt(document), "a JSON object");
  }
  ModelConfig config;
  config.architecture = detail::architecture_of(document, where);
  config.name = optional_string(document, "_name_or_path", where).value_or("");
  config.vocabulary = detail::required_size(document, "vocab_size", where);
  config.hidden = detail::required_size(document, "hidden_size", where);
  config.layers = detail::required_size(document, "num_hidden_layers", where);
  config.heads = detail::required_size(document, "num_attention_heads", where);
  config.kv_heads = detail::optional_size(document, "num_key_value_heads", where).value_or(config.heads);
  config.intermediate = detail::required_size(document, "intermediate_size", where);
  config.context = detail::required_size(document, "max_position_embeddings", where);
  std::optional<std::size_t> const head_dim = detail::optional_size(document, "head_dim", where);
  if (!head_dim && config.hidden % config.heads != 0) {
    throw Error(where + ": hidden_size",
                std::to_string(config.hidden) + " with " + std::to_string(config.heads) + " num_attention_heads",
                "a multiple, or head_dim");
  }
  config.head_dim = head_dim.value_or(config.hidden / config.heads);
  config.rms_epsilon = optional_number(document, "rms_norm_eps", where).value_or(1e-6);
  detail::read_rope(document, config, where);
  config.tied_embeddings = optional_bool(document, "tie_word_embeddings", where).value_or(false);
  config.qkv_bias = config.architecture == "qwen2";
  if (config.architecture == "mistral") {
    config.sliding_window = detail::optional_size(document, "sliding_window", where);
  }
  detail::refuse_unsupported(document, config, where);
  if (!generation.is_null()) {
    config.eos = token_list(generation, "eos_token_id", where + " (generation_config.json)");
  }
  for (Token const token : token_list(document, "eos_token_id", where)) {
    if (std::find(config.eos.begin(), config.eos.end(), token) == config.eos.end()) {
      config.eos.push_back(token);
    }
  }
  if (Json const* const bos = optional_field(document, "bos_token_id", where)) {
    config.bos = token_of(*bos, where + ": bos_token_id");
  }
  if (Json const* const padding = optional_field(document, "pad_token_id", where);
      padding != nullptr && !(padding->is_number_integer() && *padding == -1)) { // -1: older files' word for none
    config.padding = token_of(*padding, where + ": pad_token_id");
  }
  check(config, where);
  return config;
}

/// The shape of the model in a Hugging Face folder.
inline ModelConfig read_hf_config(std::string const& folder) {
  std::filesystem::path const root(folder);
  std::string const path = (root / "config.json").string();
  std::optional<Json> const generation = read_json_file_if_present((root / "generation_config.json").string());
  return config_from_json(read_json_file(path), generation.value_or(Json()), path);
}

/// Writes config.json and generation_config.json, for transformers 4 and 5. dtype: that of the weights beside it.
/// Throws: Error if the shape is not valid, if its rotary scaling cannot be said there (Kind::factors), or if the
/// system cannot write.
inline void write_hf_config(std::string const& folder, ModelConfig const& config, DType dtype = DType::f32) {
  std::filesystem::path const root(folder);
  std::string const path = (root / "config.json").string();
  check(config, path);
  OrderedJson rope = {{"rope_theta", config.rope_theta}, {"rope_type", "default"}};
  OrderedJson scaling = nullptr;
  switch (config.rope_scaling.kind) {
  case RopeScaling::Kind::none:
    break;
  case RopeScaling::Kind::linear:
    scaling = {{"factor", config.rope_scaling.factor}, {"rope_type", "linear"}, {"type", "linear"}};
    break;
  case RopeScaling::Kind::llama3:
    scaling = {{"factor", config.rope_scaling.factor},
               {"low_freq_factor", config.rope_scaling.low_freq_factor},
               {"high_freq_factor", config.rope_scaling.high_freq_factor},
               {"original_max_position_embeddings", config.rope_scaling.original_context},
               {"rope_type", "llama3"}};
    break;
  case RopeScaling::Kind::factors:
    throw Error(path + ": rope_scaling", "rotary factors that are a list (rope_freqs.weight of a GGUF file)",
                "none, linear or llama3; write a GGUF file instead");
  }
  if (!scaling.is_null()) {
    rope.update(scaling);
    rope.erase("type");
  }
  bool const qwen2 = config.architecture == "qwen2";
  OrderedJson document;
  document["architectures"] = {qwen2                              ? "Qwen2ForCausalLM"
                               : config.architecture == "mistral" ? "MistralForCausalLM"
                                                                  : "LlamaForCausalLM"};
  document["model_type"] = config.architecture;
  document["vocab_size"] = config.vocabulary;
  document["hidden_size"] = config.hidden;
  document["intermediate_size"] = config.intermediate;
  document["num_hidden_layers"] = config.layers;
  document["num_attention_heads"] = config.heads;
  document["num_key_value_heads"] = config.kv_heads;
  document["head_dim"] = config.head_dim;
  document["max_position_embeddings"] = config.context;
  document["hidden_act"] = "silu";
  document["rms_norm_eps"] = config.rms_epsilon;
  document["rope_theta"] = config.rope_theta; // transformers 4
  document["rope_scaling"] = scaling;
  document["rope_parameters"] = rope; // transformers 5
  document["tie_word_embeddings"] = config.tied_embeddings;
  document["attention_dropout"] = 0.0;
  if (qwen2) {
    document["use_sliding_window"] = false;
    document["max_window_layers"] = config.layers;
  } else if (config.architecture == "mistral") {
    document["sliding_window"] = config.sliding_window ? OrderedJson(*config.sliding_window) : OrderedJson(nullptr);
  } else {
    document["attention_bias"] = false;
    document["mlp_bias"] = false;
  }
  document["initializer_range"] = 0.02;
  document["use_cache"] = true;
  OrderedJson const bos = config.bos ? OrderedJson(*config.bos) : OrderedJson(nullptr);
  OrderedJson const padding = config.padding ? OrderedJson(*config.padding) : OrderedJson(nullptr);
  OrderedJson const eos = config.eos.empty()       ? OrderedJson(nullptr)
                          : config.eos.size() == 1 ? OrderedJson(config.eos.front())
                                                   : OrderedJson(config.eos);
  document["bos_token_id"] = bos;
  document["eos_token_id"] = eos;
  document["pad_token_id"] = padding;
  document["torch_dtype"] = dtype == DType::f16 ? "float16" : dtype == DType::bf16 ? "bfloat16" : "float32";
  write_json_file(path, document);
  OrderedJson generation = OrderedJson::object();
  if (config.bos) {
    generation["bos_token_id"] = bos;
  }
  if (!config.eos.empty()) {
    generation["eos_token_id"] = eos;
  }
  if (config.padding) {
    generation["pad_token_id"] = padding;
  }
  write_json_file((root / "generation_config.json").string(), generation);
}

} // namespace srlm::io
