/// The device of the CUDA policy: a GPU, its stream and its memory. Every handle is owned, every call is checked, and
/// all work goes to one stream of the device's own, in order; memory is allocated and freed in that order too, from the
/// driver's pool. Needs nvcc; products on a GPU are not here yet (docs/cuda.md).
#pragma once
#include <srlm/backend/cuda_launch.hpp>
#include <srlm/core/error.hpp>
#include <cuda_runtime.h>
#include <cstdint>
#include <string>
#include <type_traits> // is_invocable_v
#include <utility>     // exchange

namespace srlm::cuda {

/// Throws Error unless status is success. what: the call and its shape, or a function that gives them as words.
template <class What>
void check(cudaError_t status, What const& what, int device) {
  if (status != cudaSuccess) {
    std::string words;
    if constexpr (std::is_invocable_v<What const&>) {
      words = what(); // only now, so that a call that succeeds costs no words
    } else {
      words = what;
    }
    throw Error(words + " on device " + std::to_string(device),
                std::string(cudaGetErrorName(status)) + " (" + cudaGetErrorString(status) + ")", "success");
  }
}

/// A handle that is made by one call and given back by another. Movable.
template <class Handle, cudaError_t (*destroy)(Handle)>
class Owned {
 public:
  explicit Owned(Handle handle) : handle_(handle) {}
  Owned(Owned&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Owned() {
    if (handle_ != nullptr) {
      destroy(handle_); // nobody is there to be told of a failure
    }
  }
  Handle get() const { return handle_; }

 private:
  Handle handle_;
};

using Stream = Owned<cudaStream_t, cudaStreamDestroy>;
using Event = Owned<cudaEvent_t, cudaEventDestroy>;

/// One GPU and one stream. Not for several threads at once.
class CudaDevice {
 public:
  /// Throws: Error where there is no such device, or one without stream-ordered memory.
  explicit CudaDevice(int device = 0) : device_(usable(device)), stream_(new_stream()) {
    int pools = 0, shared = 0;
    check(cudaDeviceGetAttribute(&pools, cudaDevAttrMemoryPoolsSupported, device_), "cudaDeviceGetAttribute", device_);
    require(pools != 0, "CUDA", "a device without stream-ordered memory", "one with cudaMallocAsync");
    check(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin, device_), "cudaDeviceGetAttribute",
          device_);
    most_shared_bytes_ = static_cast<std::size_t>(shared);
    cudaMemPool_t pool;
    check(cudaDeviceGetDefaultMemPool(&pool, device_), "cudaDeviceGetDefaultMemPool", device_);
    std::uint64_t keep = ~std::uint64_t{0}; // what a step frees, the next one takes again
    check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep), "cudaMemPoolSetAttribute", device_);
  }

  int device() const { return device_; }
  cudaStream_t stream() const { return stream_.get(); }
  std::size_t most_shared_bytes() const { return most_shared_bytes_; } ///< that a block may ask for

  void* allocate(std::size_t bytes) {
    void* data = nullptr;
    check(
        cudaMallocAsync(&data, bytes, stream()), [&] { return of_bytes("cudaMallocAsync", bytes); }, device_);
    return data;
  }
  void release(void* data) noexcept { cudaFreeAsync(data, stream()); }

  void to_device(void* to, void const* from, std::size_t bytes) {
    copy(to, from, bytes, cudaMemcpyHostToDevice, "to the device");
  }
  /// Returns when the bytes are there.
  void to_host(void* to, void const* from, std::size_t bytes) {
    copy(to, from, bytes, cudaMemcpyDeviceToHost, "to the host");
    synchronize();
  }
  void clear(void* data, std::size_t bytes) {
    if (bytes > 0) {
      check(
          cudaMemsetAsync(data, 0, bytes, stream()), [&] { return of_bytes("cudaMemsetAsync", bytes); }, device_);
    }
  }
  void synchronize() { check(cudaStreamSynchronize(stream()), "cudaStreamSynchronize", device_); }

  /// Arguments are converted to the kernel's parameters. No blocks: nothing happens.
  template <class... Parameters, class... Arguments>
  void launch(char const* name, void (*kernel)(Parameters...), Launch const& shape, Arguments const&... arguments) {
    if (shape.blocks == 0 || shape.blocks_y == 0) {
      return;
    }
    cudaError_t status = cudaSuccess;
    if (shape.shared_bytes > bytes_without_asking) {
      status = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shape.shared_bytes));
    }
    cudaLaunchConfig_t config{};
    config.gridDim = dim3(shape.blocks, shape.blocks_y);
    config.blockDim = dim3(shape.threads);
    config.dynamicSmemBytes = shape.shared_bytes;
    config.stream = stream();
    if (status == cudaSuccess) {
      status = cudaLaunchKernelEx(&config, kernel, static_cast<Parameters>(arguments)...);
    }
    check(
        status,
        [&] {
          return std::string(name) + "<<<" + std::to_string(shape.blocks) + " x " + std::to_string(shape.blocks_y) +
                 ", " + std::to_string(shape.threads) + ", " + std::to_string(shape.shared_bytes) + " bytes>>>";
        },
        device_);
  }

  /// An event that has happened when all work up to now is done.
  Event record() {
    cudaEvent_t event = nullptr;
    check(cudaEventCreate(&event), "cudaEventCreate", device_);
    Event owned(event);
    check(cudaEventRecord(event, stream()), "cudaEventRecord", device_);
    return owned;
  }
  /// Milliseconds between two of this device's events; waits for the later one.
  float milliseconds(Event const& from, Event const& to) {
    float between = 0;
    check(cudaEventSynchronize(to.get()), "cudaEventSynchronize", device_);
    check(cudaEventElapsedTime(&between, from.get(), to.get()), "cudaEventElapsedTime", device_);
    return between;
  }

 private:
  static constexpr std::size_t bytes_without_asking = 48 * 1024;

  static std::string of_bytes(char const* call, std::size_t bytes) {
    return std::string(call) + " of " + std::to_string(bytes) + " bytes";
  }

  static int usable(int device) {
    int count = 0;
    cudaError_t const status = cudaGetDeviceCount(&count);
    if (status != cudaSuccess || device < 0 || device >= count) {
      throw Error("CUDA device " + std::to_string(device),
                  status != cudaSuccess ? std::string(cudaGetErrorString(status))
                                        : std::to_string(count) + " devices on this machine",
                  "an NVIDIA GPU with its driver");
    }
    check(cudaSetDevice(device), "cudaSetDevice", device);
    return device;
  }

  Stream new_stream() const {
    cudaStream_t stream = nullptr;
    check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags", device_);
    return Stream(stream);
  }

  void copy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind, char const* where) {
    if (bytes > 0) {
      check(
          cudaMemcpyAsync(to, from, bytes, kind, stream()),
          [&] { return of_bytes("cudaMemcpyAsync", bytes) + " " + where; }, device_);
    }
  }

  int device_;
  Stream stream_;
  std::size_t most_shared_bytes_ = 0;
};

} // namespace srlm::cuda
