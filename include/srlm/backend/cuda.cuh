/// The device of the CUDA policy: a GPU, its stream and its memory. Every handle is owned, every call is checked, and
/// all work goes to one stream of the device's own, in order; memory is allocated and freed in that order too, from the
/// driver's pool. Needs nvcc. Products are cublaslt.cuh's.
#pragma once
#include <srlm/backend/cuda_calls.cuh>
#include <srlm/backend/cuda_launch.hpp>
#include <cuda_runtime.h>
#include <cstdint>
#include <string>

namespace srlm::cuda {

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

  using Graph = cuda::Graph;
  /// Launches, copies, products and allocations of work(), to be repeated; see cuda_calls.cuh.
  template <class Work>
  Graph capture(Work const& work) {
    return cuda::capture(stream(), work, device_);
  }
  void replay(Graph const& graph) { cuda::replay(stream(), graph, device_); }

  /// An event that has happened when all work up to now is done.
  Event record() { return cuda::record(stream(), device_); }
  /// Milliseconds between two of this device's events; waits for the later one.
  float milliseconds(Event const& from, Event const& to) { return cuda::milliseconds(from, to, device_); }

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
