/// MpiRanks: the communicator over MPI, for processes on one machine or many. The component mpi.
#pragma once
#include <srlm/comm/share.hpp>
#include <srlm/comm/tree_sum.hpp>
#if !defined(OMPI_SKIP_MPICXX)
#define OMPI_SKIP_MPICXX 1 // MPI's own C++ classes, which it no longer has, would need another library
#endif
#if !defined(MPICH_SKIP_MPICXX)
#define MPICH_SKIP_MPICXX 1
#endif
#include <mpi.h>
#include <algorithm> // min
#include <cstdio>

namespace srlm {

namespace detail {

/// Throws Error unless the call succeeded.
inline void check_mpi(int status, char const* call) {
  if (status != MPI_SUCCESS) {
    char text[MPI_MAX_ERROR_STRING] = "";
    int length = 0;
    MPI_Error_string(status, text, &length);
    throw Error(call, std::string(text, static_cast<std::size_t>(length)), "success");
  }
}

} // namespace detail

/// Host memory only; StagedRanks for a backend with other memory. Sums go over the ranks in the order of a tree that is
/// this library's own, so they do not depend on the MPI beneath. MPI must be running; run_mpi() sees to that.
class MpiRanks {
 public:
  /// parent: whose ranks these are; their messages are kept apart from others' messages.
  explicit MpiRanks(MPI_Comm parent = MPI_COMM_WORLD) {
    detail::check_mpi(MPI_Comm_dup(parent, &world_), "MPI_Comm_dup");
    detail::check_mpi(MPI_Comm_set_errhandler(world_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    detail::check_mpi(MPI_Comm_rank(world_, &rank_), "MPI_Comm_rank");
    detail::check_mpi(MPI_Comm_size(world_, &size_), "MPI_Comm_size");
  }
  MpiRanks(MpiRanks const&) = delete;
  MpiRanks& operator=(MpiRanks const&) = delete;
  ~MpiRanks() { MPI_Comm_free(&world_); }

  int rank() const { return rank_; }
  int size() const { return size_; }

  /// Throws: Error that names MPI's call, here and in all_gather.
  void all_reduce_sum(std::span<float> values) {
    for (std::size_t first = 0; first < values.size(); first += floats_at_once) {
      tree_sum(values.subspan(first, std::min(floats_at_once, values.size() - first)), static_cast<std::size_t>(rank_),
               static_cast<std::size_t>(size_),
               [&](std::size_t partner, std::span<float const> sent, std::span<float> received) {
                 int const other = static_cast<int>(partner);
                 detail::check_mpi(
                     MPI_Sendrecv(sent.data(), static_cast<int>(sent.size()), MPI_FLOAT, other, 0, received.data(),
                                  static_cast<int>(received.size()), MPI_FLOAT, other, 0, world_, MPI_STATUS_IGNORE),
                     "MPI_Sendrecv");
               });
    }
  }

  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) {
    std::vector<unsigned long long> sizes(static_cast<std::size_t>(size_));
    unsigned long long const own = bytes.size();
    detail::check_mpi(MPI_Allgather(&own, 1, MPI_UNSIGNED_LONG_LONG, sizes.data(), 1, MPI_UNSIGNED_LONG_LONG, world_),
                      "MPI_Allgather");
    std::vector<std::vector<std::byte>> all(sizes.size());
    for (std::size_t r = 0; r < all.size(); ++r) {
      all[r].resize(sizes[r]);
      if (static_cast<int>(r) == rank_) {
        all[r].assign(bytes.begin(), bytes.end());
      }
      for (std::size_t first = 0; first < all[r].size(); first += bytes_at_once) {
        std::size_t const count = std::min(bytes_at_once, all[r].size() - first);
        detail::check_mpi(
            MPI_Bcast(all[r].data() + first, static_cast<int>(count), MPI_BYTE, static_cast<int>(r), world_),
            "MPI_Bcast");
      }
    }
    return all;
  }

  /// Ends every rank's process at once, with this exit code: for an error that only one rank knows of.
  void abort(int code) { MPI_Abort(world_, code); }

 private:
  static constexpr std::size_t floats_at_once = std::size_t{1} << 22; ///< what is received beside the values: 16 MiB
  static constexpr std::size_t bytes_at_once = std::size_t{1} << 30;  ///< MPI counts in int

  MPI_Comm world_ = MPI_COMM_NULL;
  int rank_ = 0, size_ = 1;
};

/// Starts MPI, calls f(ranks) and ends MPI: the body of main(). Returns f's exit code. An exception is written to the
/// standard error and ends all ranks with exit code 1: one that all ranks share is written once.
template <class F>
int run_mpi(int& argc, char**& argv, F&& f) {
  int threads = 0;
  detail::check_mpi(MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads), "MPI_Init_thread");
  int code = 1;
  {
    MpiRanks ranks;
    try {
      code = f(ranks);
    } catch (SharedError const& problem) {
      if (ranks.rank() == 0) {
        std::fprintf(stderr, "%s\n", problem.what());
      }
    } catch (std::exception const& problem) {
      std::fprintf(stderr, "rank %d of %d: %s\n", ranks.rank(), ranks.size(), problem.what());
      std::fflush(stderr);
      ranks.abort(1);
    }
  }
  detail::check_mpi(MPI_Finalize(), "MPI_Finalize");
  return code;
}

} // namespace srlm
