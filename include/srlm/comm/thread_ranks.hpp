/// ThreadRanks: ranks that are threads of one program. For tests, and to see what more than one rank does where no MPI
/// is.
#pragma once
#include <srlm/comm/tree_sum.hpp>
#include <srlm/core/error.hpp>
#include <condition_variable>
#include <cstring> // memcpy
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace srlm {

/// One of the ranks. A backend's memory is the host's here. Throws: Error in all members once another rank has ended
/// with an exception.
class ThreadRank {
 public:
  /// Where the threads meet.
  class Meeting {
   public:
    explicit Meeting(std::size_t size) : parts_(size) {}
    std::size_t size() const { return parts_.size(); }

    std::vector<std::vector<std::byte>> exchange(std::size_t rank, std::span<std::byte const> bytes) {
      std::unique_lock lock(mutex_);
      std::size_t const round = round_;
      parts_[rank].assign(bytes.begin(), bytes.end());
      if (++here_ == parts_.size()) {
        all_ = parts_;
        here_ = 0;
        ++round_;
        changed_.notify_all();
      }
      changed_.wait(lock, [&] { return round_ != round || lost_; });
      if (round_ == round) {
        throw Error("the ranks cannot go on: " + *lost_);
      }
      return all_;
    }

    /// A rank ends with an exception: the others stop waiting for it.
    void lose(std::string message) {
      std::lock_guard const lock(mutex_);
      lost_ = lost_.value_or(std::move(message));
      changed_.notify_all();
    }

   private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::vector<std::byte>> parts_, all_;
    std::size_t here_ = 0, round_ = 0;
    std::optional<std::string> lost_;
  };

  ThreadRank(Meeting& meeting, std::size_t rank) : meeting_(&meeting), rank_(rank) {}

  int rank() const { return static_cast<int>(rank_); }
  int size() const { return static_cast<int>(meeting_->size()); }

  std::vector<std::vector<std::byte>> all_gather(std::span<std::byte const> bytes) {
    return meeting_->exchange(rank_, bytes);
  }

  void all_reduce_sum(std::span<float> values) {
    auto const all = all_gather(std::as_bytes(values));
    std::vector<std::vector<float>> parts;
    for (auto const& bytes : all) {
      require(bytes.size() == values.size_bytes(), "all_reduce_sum", "another number of values on another rank",
              "the same on every rank");
      parts.emplace_back(values.size());
      if (!bytes.empty()) {
        std::memcpy(parts.back().data(), bytes.data(), bytes.size());
      }
    }
    tree_sum(parts.size(), [&](std::size_t to, std::size_t from) { add_values(parts[from], parts[to]); });
    std::copy(parts.front().begin(), parts.front().end(), values.begin());
  }

 private:
  Meeting* meeting_;
  std::size_t rank_;
};

/// f(rank) in so many threads at once. Throws: what the first of them to fail threw.
template <class F>
void run_thread_ranks(std::size_t size, F&& f) {
  ThreadRank::Meeting meeting(size);
  std::exception_ptr first;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (std::size_t r = 0; r < size; ++r) {
    threads.emplace_back([&, r] {
      try {
        ThreadRank rank(meeting, r);
        f(rank);
      } catch (std::exception const& problem) {
        {
          std::lock_guard const lock(mutex);
          first = first ? first : std::current_exception();
        }
        meeting.lose("rank " + std::to_string(r) + " ended: " + problem.what());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  if (first) {
    std::rethrow_exception(first);
  }
}

} // namespace srlm
