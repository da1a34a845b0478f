/// NcclRanks over a stand-in for NCCL: its laws, its arguments, and what it says when a call fails.
#include "stand_in.hpp"
#include "support/catch.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/comm/nccl.cuh>
#include <srlm/comm/thread_ranks.hpp>
#include <srlm/testing/communicator_laws.hpp>
#include <srlm/testing/tensor_formulas.hpp>
#include <atomic>

using namespace srlm;

namespace {

/// A GPU's backend as NcclRanks sees it, in host memory.
struct StreamedBackend : EigenBackend {
  struct Device {
    cudaStream_t stream() const { return stand_in::network.stream; }
    int device() const { return 5; }
  };
  StreamedBackend() : EigenBackend(1) {}
  Device device() const { return {}; }
};
using Ranks = NcclRanks<ThreadRank, StreamedBackend>;
static_assert(StreamBackend<StreamedBackend> && Communicator<Ranks, StreamedBackend>);

/// f(host's rank, its backend) on so many ranks; all that was made is given back. Returns what each rank said.
template <class F>
std::vector<std::string> run(std::size_t size, F&& f, std::string failing = "", int failing_rank = -1) {
  stand_in::network.~Network();
  new (&stand_in::network) stand_in::Network;
  stand_in::network.stream = reinterpret_cast<cudaStream_t>(std::uintptr_t{64});
  stand_in::network.failing = std::move(failing);
  stand_in::network.failing_rank = failing_rank;
  std::vector<std::string> said(size);
  std::atomic<int> open_groups = 0;
  run_thread_ranks(size, [&](ThreadRank& hosts) {
    StreamedBackend backend;
    try {
      f(hosts, backend);
    } catch (std::exception const& problem) {
      said[static_cast<std::size_t>(hosts.rank())] = problem.what();
    }
    open_groups += stand_in::group.depth;
  });
  CHECK(open_groups == 0);
  CHECK(stand_in::network.destroyed + stand_in::network.aborted == stand_in::network.made);
  return said;
}

} // namespace

TEST_CASE("GPUs as ranks keep a communicator's laws, and sum as the host's ranks do, bit for bit") {
  for (std::size_t size : {1u, 2u, 3u, 4u, 7u}) {
    INFO(size << " ranks");
    std::atomic<int> broken = 0, different = 0;
    auto const said = run(size, [&](ThreadRank& hosts, StreamedBackend& backend) {
      Ranks ranks(hosts, backend);
      broken += static_cast<int>(testing::communicator_laws(ranks, backend).size());
      for (std::size_t n : {0u, 1u, 4096u, 10001u}) {
        auto gpu = testing::random_numbers(n, 100 + static_cast<std::uint64_t>(hosts.rank())), host = gpu;
        ranks.all_reduce_sum(std::span(gpu));
        hosts.all_reduce_sum(std::span(host));
        different += gpu != host ? 1 : 0;
      }
    });
    CHECK(said == std::vector<std::string>(size));
    CHECK(broken == 0);
    CHECK(different == 0);
    CHECK(stand_in::network.identities == 1);
    CHECK(stand_in::network.made == static_cast<int>(size));
    CHECK(stand_in::network.aborted == 0);
    CHECK((stand_in::network.sends > 0) == (size > 1));
  }
}

TEST_CASE("a call of NCCL that fails is named with its size, rank and device, and ends the other ranks") {
  auto const sum = [](ThreadRank& hosts, StreamedBackend& backend) {
    Ranks ranks(hosts, backend);
    std::vector<float> values(3, 1.0f);
    ranks.all_reduce_sum(std::span(values));
  };
  std::string const why = ", on rank 1, device 5: got unhandled system error (the cable is out), expected success";
  auto const unsent = run(2, sum, "ncclSend", 1);
  CHECK(unsent[1] == "ncclSend of 3 floats to rank 0" + why);
  CHECK(unsent[0].find("on rank 0, device 5: got remote process exited") != std::string::npos);
  CHECK(stand_in::network.aborted == 2);
  CHECK(run(2, sum, "ncclRecv", 1)[1] == "ncclRecv of 3 floats from rank 0" + why);
  auto const begun = run(1, sum, "ncclCommInitRank", 0);
  CHECK(begun[0].find("ncclCommInitRank of 1 ranks, on rank 0, device 5: got unhandled system error") == 0);
  auto const unnamed = run(2, sum, "ncclGetUniqueId", 0);
  CHECK(unnamed[0].find("ncclGetUniqueId") != std::string::npos);
  CHECK(unnamed[1] == unnamed[0]);
}

TEST_CASE("an error of work that was queued before is told by the next sum, and nothing is waited for") {
  auto const said = run(
      1,
      [](ThreadRank& hosts, StreamedBackend& backend) {
        Ranks ranks(hosts, backend);
        stand_in::network.failing = "ncclCommGetAsyncError";
        std::vector<float> values(3, 1.0f);
        ranks.all_reduce_sum(std::span(values));
      },
      "", 0);
  CHECK(said[0].find("what was queued before, on rank 0, device 5") == 0);
  CHECK(stand_in::network.aborted == 1);
}
