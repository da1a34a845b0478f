/// Weights from a file into a model, every one checked.
#pragma once
#include <srlm/io/tensor.hpp>
#include <srlm/model/weights.hpp>
#include <cmath> // isfinite
#include <map>
#include <string_view>
#include <utility> // pair
#include <vector>

namespace srlm::model {

/// Tensors that files of this family hold beside the weights: they repeat the configuration or a tied weight.
inline bool repeats_what_is_known(std::string_view name) {
  return name == "lm_head.weight" || name == "output.weight" || name == "rope_freqs.weight" ||
         name.ends_with("rotary_emb.inv_freq");
}

/// Each of the wanted tensors with its source; name_of(source) gives the Hugging Face name, or nullopt where it has
/// none.
/// Throws: Error for a tensor that is missing or has another shape, and for one that the architecture does not have:
/// leaving it out would give another model's numbers.
template <class NameOf>
std::vector<std::pair<NamedTensor, io::TensorSource const*>> match_weights(std::vector<NamedTensor> const& wanted,
                                                                           std::vector<io::TensorSource> const& sources,
                                                                           std::string const& where, NameOf&& name_of) {
  std::map<std::string, io::TensorSource const*> by_name;
  for (io::TensorSource const& source : sources) {
    by_name.emplace(name_of(source).value_or(source.name), &source);
  }
  std::vector<std::pair<NamedTensor, io::TensorSource const*>> matches;
  for (NamedTensor const& tensor : wanted) {
    auto const found = by_name.find(tensor.name);
    if (found == by_name.end()) {
      throw Error(where, "no tensor " + tensor.name, "every weight of the architecture that its configuration names");
    }
    if (found->second->shape != tensor.shape) {
      throw Error(where + ": tensor " + tensor.name, "shape " + io::shape_text(found->second->shape),
                  io::shape_text(tensor.shape) + " by the configuration");
    }
    matches.emplace_back(tensor, found->second);
    by_name.erase(found);
  }
  for (auto const& [name, source] : by_name) {
    if (!repeats_what_is_known(source->name)) {
      throw Error(where + ": tensor " + source->name, "a weight that this architecture has no place for",
                  "the weights that its configuration names, no adapters or biases beside them");
    }
  }
  return matches;
}

/// Fills every tensor of the model from the sources, after finish(tensor, values) has had its way with the values.
/// Throws: Error as match_weights does, and for NaN or infinite numbers.
template <class M, class NameOf, class Finish>
void fill_weights(M& model, std::vector<io::TensorSource> const& sources, std::string const& where, NameOf&& name_of,
                  Finish&& finish) {
  std::vector<float> values;
  for (auto const& [tensor, source] : match_weights(model.tensors(), sources, where, name_of)) {
    values.resize(tensor.size);
    io::read_f32(*source, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        throw Error(where + ": tensor " + tensor.name, "a value that is not finite at index " + std::to_string(i),
                    "finite weights");
      }
    }
    finish(tensor, std::span(values));
    model.set_tensor(tensor, values);
  }
}

/// The name under which the file has it.
inline constexpr auto own_name = [](io::TensorSource const& source) { return std::optional(source.name); };

/// The same for tensors that the file has under their own names, as they are.
template <class M>
void fill_weights(M& model, std::vector<io::TensorSource> const& sources, std::string const& where) {
  fill_weights(model, sources, where, own_name, [](NamedTensor const&, std::span<float>) {});
}

} // namespace srlm::model
