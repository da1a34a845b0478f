/// adapter_config.json, in which the PEFT library says what a LoRA adapter is. Read and written are plain LoRA adapters
/// of a causal language model; whatever would change the numbers in another way is refused by name.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/json.hpp>
#include <cmath> // isfinite
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace srlm::io {

struct PeftConfig {
  std::size_t rank = 0;
  double alpha = 0;
  bool rank_stabilised = false;     ///< scale alpha / sqrt(rank) in place of alpha / rank
  std::vector<std::string> targets; ///< ends of module names; empty: a pattern, which is not read
  std::string base_model;           ///< as the file names it; empty: not named
};

namespace detail {

/// Refuses a field that is set to something: null, false, "none" and empty lists or objects are nothing.
inline void refuse_if_set(Json const& document, char const* key, std::string const& where) {
  Json const* const value = optional_field(document, key, where);
  bool const nothing = value == nullptr || *value == false || *value == "none" ||
                       ((value->is_array() || value->is_object() || value->is_string()) && value->empty());
  if (!nothing) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(*value),
                "an adapter without it: plain LoRA with one rank and one alpha");
  }
}

/// Some ways to initialise an adapter change the weights under it: such an adapter fits those alone.
inline void check_initialisation(Json const& document, std::string const& where) {
  Json const* const value = optional_field(document, "init_lora_weights", where);
  if (value != nullptr && value->is_string() && *value != "gaussian" && *value != "eva" && *value != "orthogonal") {
    throw Error(where + ": the field \"init_lora_weights\"", excerpt(*value),
                "one that leaves the model's own weights as they are (true, false, gaussian, eva or orthogonal); "
                "convert the adapter with PEFT");
  }
}

} // namespace detail

/// Throws: Error that names the file and the field.
inline PeftConfig read_peft_config(std::string const& folder) {
  std::string const where = (std::filesystem::path(folder) / "adapter_config.json").string();
  std::error_code ignored;
  if (!std::filesystem::exists(where, ignored)) {
    throw Error(folder, "no adapter_config.json", "a folder with an adapter in PEFT's format");
  }
  Json const document = read_json_file(where);
  if (std::string const type = required_string(document, "peft_type", where); type != "LORA") {
    throw Error(where + ": the field \"peft_type\"", '"' + type + '"', "\"LORA\"");
  }
  if (auto const task = optional_string(document, "task_type", where); task && *task != "CAUSAL_LM") {
    throw Error(where + ": the field \"task_type\"", '"' + *task + '"', "\"CAUSAL_LM\"");
  }
  for (char const* key :
       {"rank_pattern", "alpha_pattern", "use_dora", "bias", "lora_bias", "fan_in_fan_out", "modules_to_save",
        "layer_replication", "trainable_token_indices", "target_parameters", "alora_invocation_tokens", "use_qalora",
        "use_bdlora", "arrow_config", "kasa_config", "velora_config", "monteclora_config"}) {
    detail::refuse_if_set(document, key, where);
  }
  detail::check_initialisation(document, where);

  PeftConfig config;
  std::int64_t const rank = required_integer(document, "r", where);
  if (rank <= 0 || rank > std::int64_t{1} << 16) {
    throw Error(where + ": the field \"r\"", std::to_string(rank), "a rank of at least 1");
  }
  config.rank = static_cast<std::size_t>(rank);
  config.alpha = required_number(document, "lora_alpha", where);
  if (!(config.alpha > 0 && std::isfinite(config.alpha))) {
    throw Error(where + ": the field \"lora_alpha\"", std::to_string(config.alpha), "a number above 0");
  }
  config.rank_stabilised = optional_bool(document, "use_rslora", where).value_or(false);
  config.base_model = optional_string(document, "base_model_name_or_path", where).value_or("");
  Json const& targets = required_field(document, "target_modules", where);
  if (!targets.is_string()) { // a text is a pattern; the file of tensors says what it matched
    for (Json const& target : required_array(document, "target_modules", where)) {
      if (!target.is_string()) {
        throw Error(where + ": the field \"target_modules\"", excerpt(target), "names of modules");
      }
      config.targets.push_back(target.get<std::string>());
    }
  }
  return config;
}

/// Throws: Error that names the file and the reason.
inline void write_peft_config(std::string const& folder, PeftConfig const& config) {
  OrderedJson document;
  document["peft_type"] = "LORA";
  document["task_type"] = "CAUSAL_LM";
  document["base_model_name_or_path"] =
      config.base_model.empty() ? OrderedJson(nullptr) : OrderedJson(config.base_model);
  document["r"] = config.rank;
  document["lora_alpha"] = config.alpha;
  document["use_rslora"] = config.rank_stabilised;
  document["target_modules"] = config.targets;
  document["lora_dropout"] = 0.0;
  document["bias"] = "none";
  document["fan_in_fan_out"] = false;
  document["init_lora_weights"] = true;
  document["inference_mode"] = true;
  write_json_file((std::filesystem::path(folder) / "adapter_config.json").string(), document);
}

} // namespace srlm::io
