/// Named tensors of a model, or of its adapters, on their way to a file.
#pragma once
#include <srlm/io/tensor.hpp>
#include <vector>

namespace srlm::model {

/// The values of everything that has tensors() and tensor(name) on the host, with their names and shapes.
class HostTensors {
 public:
  template <class M>
  explicit HostTensors(M const& model) {
    auto const& named = model.tensors();
    values_.reserve(named.size()); // what is to be written points to it
    for (auto const& t : named) {
      to_write_.push_back({t.name, t.shape, values_.emplace_back(model.tensor(t))});
    }
  }
  HostTensors(HostTensors const&) = delete;
  HostTensors& operator=(HostTensors const&) = delete;

  std::vector<float>& values(std::size_t i) { return values_[i]; }
  std::vector<io::TensorToWrite> const& to_write() const { return to_write_; }

 private:
  std::vector<std::vector<float>> values_;
  std::vector<io::TensorToWrite> to_write_;
};

} // namespace srlm::model
