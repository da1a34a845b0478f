/// The CUDA policy's device on the CPU: memory is the host's and begins as NaN, launches run in the executor, products
/// are plain loops in double over the columns that the policy asks for.
#pragma once
#include "executor.hpp"
#include <srlm/backend/cuda_policy.cuh>
#include <srlm/concepts/tensor_backend.hpp>
#include <tuple>

class HostDevice {
 public:
  explicit HostDevice(std::uint64_t order = 1, std::size_t shared_bytes = 100 * 1024)
      : order_(order), shared_bytes_(shared_bytes) {}

  void* allocate(std::size_t bytes) {
    void* const data = ::operator new(bytes);
    std::memset(data, 0xff, bytes);
    if (cuda_on_host::watch != nullptr) {
      cuda_on_host::watch->allocated(data, bytes);
    }
    return data;
  }
  void release(void* data) noexcept {
    if (cuda_on_host::watch != nullptr) {
      cuda_on_host::watch->released(data);
    }
    ::operator delete(data);
  }
  void to_device(void* to, void const* from, std::size_t bytes) { copy(to, from, bytes); }
  void to_host(void* to, void const* from, std::size_t bytes) { copy(to, from, bytes); }
  void clear(void* data, std::size_t bytes) {
    if (bytes > 0) {
      std::memset(data, 0, bytes);
    }
  }
  void synchronize() {}
  std::size_t most_shared_bytes() const { return shared_bytes_; }

  template <class... Parameters, class... Arguments>
  void launch(char const* name, void (*kernel)(Parameters...), srlm::cuda::Launch const& shape,
              Arguments const&... arguments) {
    if (shape.blocks == 0 || shape.blocks_y == 0) {
      return;
    }
    std::tuple<std::remove_cv_t<Parameters>...> const values{arguments...};
    try {
      cuda_on_host::launch({shape.blocks, shape.blocks_y, 1}, shape.threads, shape.shared_bytes, order_++,
                           [&] { std::apply(kernel, values); });
    } catch (std::logic_error const& error) {
      throw std::logic_error(std::string(name) + ": " + error.what());
    }
  }

  /// As BLAS would: by columns, with leading dimensions, sums in double.
  void multiply(srlm::cuda::Product const& p) {
    for (std::size_t c = 0; c < p.result.columns; ++c) {
      for (std::size_t r = 0; r < p.result.rows; ++r) {
        double sum = 0;
        for (std::size_t k = 0; k < p.depth; ++k) {
          sum += static_cast<double>(p.left.data[p.turn_left ? r * p.left.leading + k : k * p.left.leading + r]) *
                 static_cast<double>(p.right.data[p.turn_right ? k * p.right.leading + c : c * p.right.leading + k]);
        }
        float& to = p.result.data[c * p.result.leading + r];
        to = static_cast<float>(static_cast<double>(p.alpha) * sum +
                                (p.beta == 0.0f ? 0.0 : static_cast<double>(p.beta) * static_cast<double>(to)));
      }
    }
  }

 private:
  static void copy(void* to, void const* from, std::size_t bytes) {
    if (bytes > 0) {
      std::memcpy(to, from, bytes);
    }
  }

  std::uint64_t order_;
  std::size_t shared_bytes_;
};

using CudaOnHost = srlm::BasicCudaBackend<HostDevice>;
