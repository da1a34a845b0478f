/// NcclRanks: the communicator of GPUs over NCCL, beside one of their hosts. Needs <nccl.h>, and no nvcc.
#pragma once
#include <srlm/comm/add_spans.hpp>
#include <srlm/comm/share.hpp>
#include <srlm/comm/tree_sum.hpp>
#include <nccl.h>
#include <cstring> // memcpy

namespace srlm {

/// Gradients on one GPU, and the stream in whose order they are worked on.
template <class B>
concept StreamBackend = GradientBackend<B> && requires(B& b, typename B::template span<float> values) {
  { values.data() } -> std::convertible_to<float*>;
  { b.device().stream() } -> std::convertible_to<cudaStream_t>;
  { b.device().device() } -> std::convertible_to<int>;
};

/// Sums what lies on GPUs, one of them a rank; bytes of the hosts go over `hosts`, a communicator of the same ranks.
/// A sum takes the order of this library's tree, by NCCL's sends and receives and the backend's add(): so it is the
/// same as over MPI and has the same bits whatever NCCL chooses, which its own reduction does not promise. All of it is
/// queued on the backend's stream; nobody waits.
template <class C, StreamBackend B>
class NcclRanks {
  using Floats = typename B::template span<float>;

 public:
  /// Every rank makes one at the same time; both must outlive it. Throws: Error that names NCCL's call, rank and
  /// device, here and in all_reduce_sum; SharedError on every rank where the first one gets no identity from NCCL.
  NcclRanks(C& hosts, B& backend) : hosts_(&hosts), backend_(&backend) {
    ncclUniqueId id{};
    auto const all = share(hosts, "ncclGetUniqueId", [&] {
      Bytes bytes;
      if (rank() == 0) {
        check(ncclGetUniqueId(&id), "ncclGetUniqueId");
        append_bytes(bytes, std::span<char const>(id.internal));
      }
      return bytes;
    });
    std::memcpy(id.internal, all.front().data(), sizeof id.internal);
    check(ncclCommInitRank(&comm_, size(), id, rank()), "ncclCommInitRank of " + std::to_string(size()) + " ranks");
  }
  NcclRanks(NcclRanks const&) = delete;
  NcclRanks& operator=(NcclRanks const&) = delete;
  /// Work that is queued is waited for, unless something has failed: then it never ends, and is given up.
  ~NcclRanks() {
    if (comm_ != nullptr) {
      failed_ || async_error() != ncclSuccess ? ncclCommAbort(comm_) : ncclCommDestroy(comm_);
    }
  }

  int rank() const { return hosts_->rank(); }
  int size() const { return hosts_->size(); }

  /// What another rank's failure did to work that was queued earlier is told here.
  void all_reduce_sum(Floats values) {
    check(async_error(), "what was queued before");
    std::size_t const n = values.size();
    if (n == 0 || size() == 1) {
      return;
    }
    auto const room = backend_->template allocate<float>(n);
    tree_sum(
        values, room.span(), static_cast<std::size_t>(rank()), static_cast<std::size_t>(size()),
        [&](std::size_t partner, Floats sent, Floats received) { exchange(static_cast<int>(partner), sent, received); },
        [&](Floats from, Floats to) { add_spans(*backend_, from, to); });
  }

  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) { return hosts_->all_gather(bytes); }

 private:
  /// Both at once; either may be empty.
  void exchange(int partner, Floats sent, Floats received) {
    cudaStream_t const stream = backend_->device().stream();
    auto const words = [&](char const* call, Floats what, char const* direction) {
      return std::string(call) + " of " + std::to_string(what.size()) + " floats " + direction + " rank " +
             std::to_string(partner);
    };
    check(ncclGroupStart(), "ncclGroupStart");
    ncclResult_t status = ncclSuccess;
    std::string what = "ncclGroupEnd";
    if (sent.size() > 0) {
      status = ncclSend(sent.data(), sent.size(), ncclFloat, partner, comm_, stream);
      what = words("ncclSend", sent, "to");
    }
    if (status == ncclSuccess && received.size() > 0) {
      status = ncclRecv(received.data(), received.size(), ncclFloat, partner, comm_, stream);
      what = words("ncclRecv", received, "from");
    }
    ncclResult_t const end = ncclGroupEnd(); // a group that was begun has to end
    check(status, what);
    check(end, "ncclGroupEnd after " + what);
  }

  ncclResult_t async_error() const {
    ncclResult_t status = ncclSuccess;
    return ncclCommGetAsyncError(comm_, &status) == ncclSuccess ? status : ncclInternalError;
  }

  void check(ncclResult_t status, std::string const& what) {
    if (status != ncclSuccess && status != ncclInProgress) {
      failed_ = true;
      throw Error(what + ", on rank " + std::to_string(rank()) + ", device " +
                      std::to_string(static_cast<int>(backend_->device().device())),
                  std::string(ncclGetErrorString(status)) + " (" + ncclGetLastError(comm_) + ")", "success");
    }
  }

  C* hosts_;
  B* backend_;
  ncclComm_t comm_ = nullptr;
  bool failed_ = false;
};

} // namespace srlm
