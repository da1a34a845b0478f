/// A model from nothing: random matrices, unit norms. For tests and for runs that train a tiny model first.
#pragma once
#include <srlm/model/language_model.hpp>
#include <cmath>
#include <numbers>

namespace srlm {

/// Matrices are normal with this standard deviation (Box and Muller), norm gains are 1, biases 0.
template <TensorBackend B>
void initialise(LanguageModel<B>& model, Seed seed, float deviation = 0.02f) {
  for (std::size_t t = 0; t < model.tensors().size(); ++t) {
    model::NamedTensor const& tensor = model.tensors()[t];
    Seed const stream = seed.fork(t);
    bool const gain = tensor.name.ends_with("norm.weight");
    std::vector<float> values(tensor.size, gain ? 1.0f : 0.0f);
    for (std::size_t i = 0; tensor.is_matrix && i < values.size(); ++i) {
      double const radius = std::sqrt(-2 * std::log(1 - stream.uniform(2 * i)));
      double const angle = 2 * std::numbers::pi * stream.uniform(2 * i + 1);
      values[i] = deviation * static_cast<float>(radius * std::cos(angle));
    }
    model.set_tensor(tensor, values);
  }
}

} // namespace srlm
