/// Draws on the device: which kernel, and with how much shared memory.
#pragma once
#include <srlm/backend/cuda_launch.hpp>
#include <srlm/backend/device_memory.hpp>
#include <srlm/backend/kernels/sample.cuh>
#include <srlm/core/error.hpp>
#include <srlm/core/sequence.hpp>
#include <algorithm> // clamp, min
#include <cmath>     // INFINITY
#include <memory>    // shared_ptr

namespace srlm::cuda {

/// logits [count, vocabulary], seeds [count] -> tokens [count], -1 where logits are not numbers; all on the device.
template <class Device>
void sample_rows(std::shared_ptr<Device> const& device, kernels::Rows<float const> logits, unsigned count,
                 unsigned vocabulary, std::uint64_t const* seeds, Sampling const& sampling, std::int32_t* tokens) {
  unsigned const threads = std::clamp(vocabulary / 256, 1u, 16u) * kernels::warp_threads;
  std::size_t const scratch = kernels::scratch_bytes<kernels::Mass>(threads),
                    whole = scratch + vocabulary * sizeof(float);
  float const inverse = sampling.temperature > 0.0f ? 1.0f / sampling.temperature : INFINITY;
  kernels::SampleOptions const options{inverse, std::min(1.0, static_cast<double>(sampling.top_p))};
  if (whole <= device->most_shared_bytes()) {
    device->launch("sample", kernels::sample<true, float>, {count, 1, threads, whole}, logits, vocabulary, seeds,
                   options, kernels::Rows<float>{}, tokens);
  } else {
    DeviceBuffer<float, Device> const room(device, std::size_t{count} * vocabulary);
    device->launch("sample", kernels::sample<false, float>, {count, 1, threads, scratch}, logits, vocabulary, seeds,
                   options, kernels::Rows<float>{room.data(), vocabulary}, tokens);
  }
}

/// Throws: Error for the token of logits that are not numbers.
inline void require_drawn(std::int32_t token) {
  require(token >= 0, "sampling", "logits that are not finite numbers", "finite weights and activations");
}

} // namespace srlm::cuda
