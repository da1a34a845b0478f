/// All weights of a built-in model, to compare models by.
#pragma once
#include <vector>

template <class M>
std::vector<std::vector<float>> weights_of(M const& model) {
  std::vector<std::vector<float>> weights;
  for (auto const& tensor : model.tensors()) {
    weights.push_back(model.tensor(tensor));
  }
  return weights;
}
