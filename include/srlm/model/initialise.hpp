/// A model from nothing: random matrices, unit norms. For tests and for runs that train a tiny model first.
#pragma once
#include <srlm/backend/parallel.hpp>
#include <srlm/model/language_model.hpp>
#include <cmath>
#include <numbers>

namespace srlm {

/// Matrices are normal with this standard deviation (Box and Muller), norm gains are 1, biases 0: the same numbers on
/// any number of threads.
template <TensorBackend B>
void initialise(LanguageModel<B>& model, Seed seed, float deviation = 0.02f) {
  for (std::size_t t = 0; t < model.tensors().size(); ++t) {
    model::NamedTensor const& tensor = model.tensors()[t];
    Seed const stream = seed.fork(t);
    bool const gain = tensor.name.ends_with("norm.weight");
    std::vector<float> values(tensor.size, gain ? 1.0f : 0.0f);
    auto const draw = [&](std::size_t begin, std::size_t end) {
      for (std::size_t i = begin; i < end; ++i) {
        double const radius = std::sqrt(-2 * std::log(1 - stream.uniform(2 * i)));
        double const angle = 2 * std::numbers::pi * stream.uniform(2 * i + 1);
        values[i] = deviation * static_cast<float>(radius * std::cos(angle));
      }
    };
    if (tensor.is_matrix) {
      constexpr std::size_t grain = 4096, work_each = 100;
      parallel_ranges(hardware_threads(), values.size(), grain, work_each * values.size(), draw);
    }
    model.set_tensor(tensor, values);
  }
}

} // namespace srlm
