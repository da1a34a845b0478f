/// Adapters to and from folders in PEFT's format: adapter_config.json and adapter_model.safetensors.
#pragma once
#include <srlm/io/make_folder.hpp>
#include <srlm/io/peft_config.hpp>
#include <srlm/io/safetensors.hpp>
#include <srlm/model/lora.hpp>
#include <algorithm> // any_of, find
#include <filesystem>
#include <map>
#include <set>

namespace srlm {

namespace model {

/// What target_modules says of these places: names as q_proj where every layer has the same, else whole names.
inline std::vector<std::string> target_modules(LoraLayout const& layout, std::size_t layers) {
  std::map<std::string_view, std::size_t> uses;
  for (AdapterPlace const& p : layout.places) {
    ++uses[p.projection.name];
  }
  std::vector<std::string> names;
  if (std::all_of(uses.begin(), uses.end(), [&](auto const& use) { return use.second == layers; })) {
    for (auto const& [name, times] : uses) {
      names.emplace_back(name);
    }
  } else {
    for (AdapterPlace const& p : layout.places) {
      names.push_back(p.projection.module(p.layer));
    }
  }
  return names;
}

/// The places whose tensors a file has. Throws: Error for a tensor that is no A or B of this model.
inline LoraLayout layout_of(io::SafetensorsFile const& file, io::PeftConfig const& peft,
                            io::ModelConfig const& config) {
  std::set<std::string> waiting;
  for (io::TensorSource const& tensor : file.tensors()) {
    waiting.insert(tensor.name);
  }
  LoraLayout layout{{peft.rank, peft.alpha, peft.rank_stabilised, peft.targets}, {}, {}, 0};
  for (std::size_t l = 0; l < config.layers; ++l) {
    for (Projection const& p : projections(config)) {
      LoraLayout one{layout.options, {}, {}, 0};
      one.add(l, p);
      std::string const &a = one.tensors[0].name, &b = one.tensors[1].name;
      if (waiting.erase(a) + waiting.erase(b) > 0) { // the half that may be missing is found out on filling
        layout.add(l, p);
      }
    }
  }
  if (!waiting.empty()) {
    throw Error(file.path() + ": tensor " + *waiting.begin(), "a part that this model has no place for",
                "lora_A and lora_B of the projections of its layers, 0 to " + std::to_string(config.layers - 1) +
                    ": the adapter is of another model, or adapts more than these");
  }
  if (layout.places.empty()) {
    throw Error(file.path(), "no tensors", "an adapter");
  }
  return layout;
}

/// Throws: Error for a target of which the file has no tensor.
inline void check_targets(LoraLayout const& layout, io::PeftConfig const& peft, std::string const& where) {
  for (std::string const& target : peft.targets) {
    bool const found = std::any_of(layout.places.begin(), layout.places.end(), [&](AdapterPlace const& p) {
      std::string name = "."; // then a target is whole parts of it
      name += p.projection.module(p.layer);
      return name.ends_with("." + target);
    });
    if (!found) {
      throw Error(where, "no tensor of \"" + target + "\"", "adapters for all target_modules of adapter_config.json");
    }
  }
}

} // namespace model

/// Writes the model's adapters; base_model: what the configuration names as the model under them. The tensors come
/// last, so a folder with them is whole. Throws: Error that names the file and the reason, and for a model without
/// adapters.
template <TensorBackend B>
void save_adapter(LanguageModel<B> const& model, std::string const& folder, std::string const& base_model = "",
                  io::DType dtype = io::DType::f32) {
  auto const& adapters = model.weights().adapters();
  require(adapters.has_value(), "save_adapter", "a model without adapters", "one with adapters");
  io::make_folder(folder);
  LoraOptions const& options = adapters->layout().options;
  io::write_peft_config(folder, {options.rank, options.alpha, options.rank_stabilised,
                                 model::target_modules(adapters->layout(), model.config().layers), base_model});
  io::write_safetensors((std::filesystem::path(folder) / "adapter_model.safetensors").string(),
                        model::HostTensors(*adapters).to_write(), dtype);
}

/// Puts the adapters of a folder beside the model's weights, switched on. Throws: Error for a folder that is no such
/// adapter, for one of another model, for kinds of adapters other than plain LoRA (named), for values that are not
/// finite, and where the model has adapters already. The model is then as it was.
template <TensorBackend B>
void load_adapter(LanguageModel<B>& model, std::string const& folder) {
  io::PeftConfig const peft = io::read_peft_config(folder);
  std::string const path = (std::filesystem::path(folder) / "adapter_model.safetensors").string();
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error(folder, "no adapter_model.safetensors", "one beside adapter_config.json (other formats are not read)");
  }
  io::SafetensorsFile const file(path);
  model::LoraLayout layout = model::layout_of(file, peft, model.config());
  model::check_targets(layout, peft, path);
  (void)model::match_weights(layout.tensors, file.tensors(), path, model::own_name);
  model::Adapters<B> adapters(model.backend(), std::move(layout));
  model::fill_weights(adapters, file.tensors(), path);
  model.weights().add_adapters(std::move(adapters));
}

} // namespace srlm
