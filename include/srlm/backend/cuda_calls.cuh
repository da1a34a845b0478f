/// What calls of CUDA's libraries share: every status is checked, every handle is owned. Needs the CUDA Toolkit's
/// headers, and nvcc only where a kernel is launched.
#pragma once
#include <srlm/core/error.hpp>
#include <cuda_runtime_api.h>
#include <string>
#include <type_traits> // is_invocable_v
#include <utility>     // exchange, swap

namespace srlm::cuda {

/// An Error that names call, shape and device. what: the call and its shape, or a function that gives them as words.
template <class What>
[[noreturn]] void failed(What const& what, int device, char const* name, char const* description) {
  std::string words;
  if constexpr (std::is_invocable_v<What const&>) {
    words = what(); // only now, so that a call that succeeds costs no words
  } else {
    words = what;
  }
  throw Error(words + " on device " + std::to_string(device), std::string(name) + " (" + description + ")", "success");
}

/// Throws Error unless status is success.
template <class What>
void check(cudaError_t status, What const& what, int device) {
  if (status != cudaSuccess) {
    failed(what, device, cudaGetErrorName(status), cudaGetErrorString(status));
  }
}

/// A handle that is made by one call and given back by another. Movable.
template <class Handle, auto destroy>
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
using Graph = Owned<cudaGraphExec_t, cudaGraphExecDestroy>;

/// An event that has happened when all that `stream` was given up to now is done.
inline Event record(cudaStream_t stream, int device) {
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "cudaEventCreate", device);
  Event owned(event);
  check(cudaEventRecord(event, stream), "cudaEventRecord", device);
  return owned;
}

/// Milliseconds between two events of one stream; waits for the later one.
inline float milliseconds(Event const& from, Event const& to, int device) {
  float between = 0;
  check(cudaEventSynchronize(to.get()), "cudaEventSynchronize", device);
  check(cudaEventElapsedTime(&between, from.get(), to.get()), "cudaEventElapsedTime", device);
  return between;
}

/// All that work() gives to the stream, which runs none of it now, as a graph that can be launched again and again.
/// What work() allocates it has to free: the graph then has that memory for itself. Throws: what work() throws; Error.
template <class Work>
Graph capture(cudaStream_t stream, Work const& work, int device) {
  using Recorded = Owned<cudaGraph_t, cudaGraphDestroy>;
  cudaGraph_t graph = nullptr;
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture", device);
  try {
    work();
  } catch (...) {
    cudaStreamEndCapture(stream, &graph); // its status is about work's error, which is told
    Recorded const unused(graph);
    throw;
  }
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture", device);
  Recorded const recorded(graph);
  cudaGraphExec_t instance = nullptr;
  check(cudaGraphInstantiateWithFlags(&instance, graph, 0), "cudaGraphInstantiateWithFlags", device);
  return Graph(instance);
}

/// The graph's work, after what the stream was given before.
inline void replay(cudaStream_t stream, Graph const& graph, int device) {
  check(cudaGraphLaunch(graph.get(), stream), "cudaGraphLaunch", device);
}

/// Bytes of a device's memory, given and given back in the order of a stream's work. Not movable.
class StreamBytes {
 public:
  StreamBytes(std::size_t bytes, cudaStream_t stream, int device) : stream_(stream), size_(bytes) {
    check(
        cudaMallocAsync(&data_, bytes, stream),
        [&] { return std::string("cudaMallocAsync of ") + std::to_string(bytes) + " bytes"; }, device);
  }
  StreamBytes(StreamBytes const&) = delete;
  StreamBytes& operator=(StreamBytes const&) = delete;
  ~StreamBytes() { cudaFreeAsync(data_, stream_); }
  void* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  cudaStream_t stream_;
  void* data_ = nullptr;
  std::size_t size_;
};

} // namespace srlm::cuda
