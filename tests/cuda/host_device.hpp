/// The CUDA policy's device on the CPU: memory is the host's and begins as NaN, launches run in the executor, products
/// are plain loops in double over the columns that the policy asks for. A graph is what it was given, kept and
/// repeated.
#pragma once
#include "executor.hpp"
#include <srlm/backend/cuda_policy.cuh>
#include <srlm/concepts/tensor_backend.hpp>
#include <functional>
#include <memory>
#include <set>
#include <tuple>

class HostDevice {
 public:
  explicit HostDevice(std::uint64_t order = 1, std::size_t shared_bytes = 100 * 1024)
      : order_(order), shared_bytes_(shared_bytes) {}

  void* allocate(std::size_t bytes) {
    void* const data = ::operator new(bytes);
    if (recording_ != nullptr) { // the graph's, from now on
      recording_->memory.emplace_back(data, bytes);
      recording_->lives.insert(data);
    }
    if (cuda_on_host::watch != nullptr) {
      cuda_on_host::watch->allocated(data, bytes);
    }
    give([=] { std::memset(data, 0xff, bytes); });
    return data;
  }
  void release(void* data) noexcept {
    if (recording_ != nullptr) {
      recording_->wrong = recording_->wrong || recording_->lives.erase(data) == 0;
      return;
    }
    give_back(data);
  }
  void to_device(void* to, void const* from, std::size_t bytes) {
    not_recorded("a copy of host memory that may be gone when the graph runs");
    copy(to, from, bytes);
  }
  void to_host(void* to, void const* from, std::size_t bytes) {
    not_recorded("a wait");
    ++looks;
    copy(to, from, bytes);
  }
  void clear(void* data, std::size_t bytes) {
    give([=] {
      if (bytes > 0) {
        std::memset(data, 0, bytes);
      }
    });
  }
  void synchronize() { not_recorded("a wait"); }
  std::size_t most_shared_bytes() const { return shared_bytes_; }

  template <class... Parameters, class... Arguments>
  void launch(char const* name, void (*kernel)(Parameters...), srlm::cuda::Launch const& shape,
              Arguments const&... arguments) {
    if (shape.blocks == 0 || shape.blocks_y == 0) {
      return;
    }
    std::tuple<std::remove_cv_t<Parameters>...> const values{arguments...};
    give([=, this] {
      try {
        ++launches;
        cuda_on_host::launch({shape.blocks, shape.blocks_y, 1}, shape.threads, shape.shared_bytes, order_++,
                             [&] { std::apply(kernel, values); });
      } catch (std::logic_error const& error) {
        throw std::logic_error(std::string(name) + ": " + error.what());
      }
    });
  }

  /// Whether a bias is added with the product; tests say so.
  bool adds_bias = true;
  template <class Factor>
  bool takes(srlm::cuda::ProductOf<Factor> const& p) const {
    return p.bias == nullptr || adds_bias;
  }
  /// As BLAS would: by columns, with leading dimensions, sums in double.
  template <class Factor>
  void multiply(srlm::cuda::ProductOf<Factor> const& p) {
    give([=] { form(p); });
  }

  /// What was given while it was recorded, and its memory.
  struct Recording {
    std::vector<std::function<void()>> work;
    std::vector<std::pair<void*, std::size_t>> memory;
    std::set<void*> lives; ///< allocated and not released, while it is recorded
    bool wrong = false;    ///< released what was not its own

    Recording() = default;
    Recording(Recording const&) = delete;
    Recording& operator=(Recording const&) = delete;
    ~Recording() {
      for (auto const& [data, bytes] : memory) {
        give_back(data);
      }
    }
  };
  using Graph = std::unique_ptr<Recording>;

  template <class Work>
  Graph capture(Work const& work) {
    Graph graph = std::make_unique<Recording>();
    recording_ = graph.get();
    try {
      work();
    } catch (...) {
      recording_ = nullptr;
      throw;
    }
    recording_ = nullptr;
    if (graph->wrong || !graph->lives.empty()) {
      throw std::logic_error("a graph that releases memory of others, or keeps its own");
    }
    ++captures;
    return graph;
  }
  void replay(Graph const& graph) {
    ++replays;
    for (auto const& work : graph->work) {
      work();
    }
  }

  std::size_t looks = 0, launches = 0, captures = 0, replays = 0; ///< counted: copies to the host, ...

 private:
  /// Done now, or whenever the graph that is recorded is replayed.
  template <class Work>
  void give(Work const& work) {
    if (recording_ != nullptr) {
      recording_->work.emplace_back(work);
    } else {
      work();
    }
  }
  void not_recorded(char const* what) const {
    if (recording_ != nullptr) {
      throw std::logic_error(std::string("in a graph: ") + what);
    }
  }
  static void give_back(void* data) {
    if (cuda_on_host::watch != nullptr) {
      cuda_on_host::watch->released(data);
    }
    ::operator delete(data);
  }

  template <class Factor>
  static void form(srlm::cuda::ProductOf<Factor> const& p) {
    auto const number = [](Factor x) { return static_cast<double>(static_cast<float>(x)); };
    for (std::size_t c = 0; c < p.result.columns; ++c) {
      for (std::size_t r = 0; r < p.result.rows; ++r) {
        double sum = 0;
        for (std::size_t k = 0; k < p.depth; ++k) {
          sum += number(p.left.data[p.turn_left ? r * p.left.leading + k : k * p.left.leading + r]) *
                 number(p.right.data[p.turn_right ? k * p.right.leading + c : c * p.right.leading + k]);
        }
        float& to = p.result.data[c * p.result.leading + r];
        to = static_cast<float>(static_cast<double>(p.alpha) * sum +
                                (p.beta == 0.0f ? 0.0 : static_cast<double>(p.beta) * static_cast<double>(to)) +
                                (p.bias == nullptr ? 0.0 : static_cast<double>(p.bias[r])));
      }
    }
  }

  static void copy(void* to, void const* from, std::size_t bytes) {
    if (bytes > 0) {
      std::memcpy(to, from, bytes);
    }
  }

  std::uint64_t order_;
  std::size_t shared_bytes_;
  Recording* recording_ = nullptr;
};

using CudaOnHost = srlm::BasicCudaBackend<HostDevice>;
