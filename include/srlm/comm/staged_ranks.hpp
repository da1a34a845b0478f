/// StagedRanks: sums what lies in a backend's own memory through host memory, over a communicator that only sees the
/// host's.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>

namespace srlm {

/// C: a communicator of std::span<float>. Both must outlive it.
template <class C, MemoryBackend B>
class StagedRanks {
 public:
  StagedRanks(C& ranks, B& backend) : ranks_(&ranks), backend_(&backend) {}

  int rank() { return ranks_->rank(); }
  int size() { return ranks_->size(); }
  void all_reduce_sum(typename B::template span<float> values) {
    std::vector<float> host(values.size());
    backend_->download(values, std::span(host));
    ranks_->all_reduce_sum(std::span(host));
    backend_->upload(std::span<float const>(host), values);
  }
  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) { return ranks_->all_gather(bytes); }

 private:
  C* ranks_;
  B* backend_;
};

} // namespace srlm
