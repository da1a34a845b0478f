/// Weights from a file into a model, every one checked.
#pragma once
#include <srlm/io/tensor.hpp>
#include <srlm/model/weights.hpp>
#include <cmath> // isfinite
#include <map>

namespace srlm::model {

/// Fills every tensor of the model from the sources; name_of(source) gives the Hugging Face name or nullopt (not ours).
/// Throws: Error for a tensor that is missing, has another shape, or holds NaN or infinite numbers.
template <class M, class NameOf, class Finish>
void fill_weights(M& model, std::vector<io::TensorSource> const& sources, std::string const& where, NameOf&& name_of,
                  Finish&& finish) {
  std::map<std::string, io::TensorSource const*> by_name;
  for (io::TensorSource const& source : sources) {
    if (auto name = name_of(source)) {
      by_name.emplace(*name, &source);
    }
  }
  std::vector<float> values;
  for (NamedTensor const& tensor : model.tensors()) {
    auto const found = by_name.find(tensor.name);
    if (found == by_name.end()) {
      throw Error(where, "no tensor " + tensor.name, "every weight of the architecture that its configuration names");
    }
    if (found->second->shape != tensor.shape) {
      throw Error(where + ": tensor " + tensor.name, "shape " + io::shape_text(found->second->shape),
                  io::shape_text(tensor.shape) + " by the configuration");
    }
    values.resize(tensor.size);
    io::read_f32(*found->second, values);
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

} // namespace srlm::model
