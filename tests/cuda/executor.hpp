/// Runs CUDA kernels on the CPU: include it before the kernels. Each thread of a block runs on a fiber until its next
/// barrier or shuffle; blocks run one after another. The order in which threads run between barriers is drawn anew for
/// every launch, and shared memory begins as NaN: a result that depends on timing or on what nobody wrote shows.
/// What CUDA leaves undefined (a barrier that a part of the threads never reaches, a shuffle without all its lanes) is
/// an error.
#pragma once
#define SRLM_CUDA_ON_HOST
#include "fiber.hpp"
#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#define __global__
#define __device__
#define __host__
#define __launch_bounds__(...)

namespace cuda_on_host {

struct Index {
  unsigned x = 0, y = 0, z = 0;
};

/// The bug that planted_bugs.py wrote into the kernels and that is to be at work; 0: none.
inline int planted_bug = 0;

inline Index thread_index, block_index, block_dim, grid_dim;

enum class State : std::uint8_t { waiting_to_start, ready, at_warp_barrier, at_block_barrier, finished };

/// What watches the memory accesses of a launch; see races/shadow.cpp. Threads are numbers in their block.
struct Watch {
  virtual ~Watch() = default;
  virtual void allocated(void const* data, std::size_t bytes) = 0;
  virtual void released(void const* data) = 0;
  virtual void begin_launch() = 0;
  virtual void begin_block(void const* shared, std::size_t bytes) = 0;
  virtual void enter(std::size_t thread) = 0; ///< goes on until leave()
  virtual void leave() = 0;
  virtual void block_barrier() = 0;
  virtual void warp_barrier(std::size_t thread) = 0; ///< passed by this thread; it orders memory, unlike a shuffle
  virtual std::string end_launch() = 0;              ///< what was wrong, or nothing
};
inline Watch* watch = nullptr;

/// The block that runs.
class Block {
 public:
  static constexpr unsigned warp = 32;

  Block(std::size_t shared_bytes, std::uint64_t order) : shared_((shared_bytes + 15) / 16), random_(order) {}

  void run(unsigned threads, std::function<void()> const& body) {
    body_ = &body;
    states_.assign(threads, State::waiting_to_start);
    on_.assign(threads, nullptr);
    slots_.resize(2 * threads);
    exchanges_.assign(threads, 0);
    turn_.resize(threads);
    for (unsigned i = 0; i < threads; ++i) {
      turn_[i] = i;
    }
    Chunk poison;
    std::fill(std::begin(poison.bytes), std::end(poison.bytes), static_cast<unsigned char>(0xff));
    std::fill(shared_.begin(), shared_.end(), poison); // NaN as float and as bf16
    if (watch != nullptr) {
      watch->begin_block(shared_.data(), shared_.size() * sizeof(shared_[0]));
    }
    while (unfinished()) {
      shuffle();
      for (next_ = 0; next_ < turn_.size();) {
        step();
      }
      release();
    }
  }

  /// Of the thread that runs.
  void wait(State at) {
    states_[current] = at;
    on_[current]->leave();
  }
  void* shared() { return shared_.data(); }
  /// A number of each thread that the others read after a barrier. Two take turns: who is already at its next exchange
  /// leaves the one before readable.
  std::uint64_t& slot(std::size_t thread, unsigned turn) { return slots_[2 * thread + turn % 2]; }
  unsigned next_turn(std::size_t thread) { return exchanges_[thread]++; }
  unsigned threads() const { return static_cast<unsigned>(states_.size()); }

  inline static std::size_t current = 0; ///< the thread that runs, in its block

 private:
  /// A fiber's work: a thread, and then whichever not yet begun thread comes next, without a switch.
  static void work();

  bool unfinished() const {
    return std::any_of(states_.begin(), states_.end(), [](State s) { return s != State::finished; });
  }

  void shuffle() {
    for (std::size_t i = turn_.size(); i > 1; --i) {
      random_ = random_ * 6364136223846793005u + 1442695040888963407u;
      std::swap(turn_[i - 1], turn_[(random_ >> 32) * i >> 32]);
    }
  }

  void step() {
    std::size_t const thread = turn_[next_++];
    if (states_[thread] != State::ready && states_[thread] != State::waiting_to_start) {
      return;
    }
    if (states_[thread] == State::waiting_to_start) {
      if (idle_.empty()) {
        fibers_.push_back(std::make_unique<Fiber>(&Block::work));
        idle_.push_back(fibers_.back().get());
      }
      on_[thread] = idle_.back();
      idle_.pop_back();
    }
    set(thread);
    on_[thread]->enter();
    if (watch != nullptr) {
      watch->leave();
    }
  }

  void set(std::size_t thread) {
    current = thread;
    states_[thread] = State::ready;
    thread_index.x = static_cast<unsigned>(thread);
    if (watch != nullptr) {
      watch->enter(thread);
    }
  }

  /// Lets every thread whose barrier is complete go on.
  void release() {
    bool moved = false;
    for (std::size_t first = 0; first < states_.size(); first += warp) {
      auto const begin = states_.begin() + static_cast<std::ptrdiff_t>(first), end = begin + warp;
      auto const waiting = std::count(begin, end, State::at_warp_barrier);
      if (waiting > 0 && waiting + std::count(begin, end, State::finished) == warp) {
        if (waiting != warp) {
          throw std::logic_error("a shuffle or warp barrier that a part of the warp has left for good");
        }
        std::fill(begin, end, State::ready);
        moved = true;
      }
    }
    if (moved || !unfinished()) {
      return;
    }
    if (!std::all_of(states_.begin(), states_.end(),
                     [](State s) { return s == State::at_block_barrier || s == State::finished; })) {
      throw std::logic_error("divergent barrier: some threads wait where others never come");
    }
    std::replace(states_.begin(), states_.end(), State::at_block_barrier, State::ready);
    if (watch != nullptr) {
      watch->block_barrier();
    }
  }

  struct alignas(16) Chunk {
    unsigned char bytes[16];
  };

  std::vector<Chunk> shared_;
  std::vector<State> states_;
  std::vector<Fiber*> on_;
  std::vector<std::uint64_t> slots_; // two a thread, for shuffles and votes
  std::vector<unsigned> exchanges_;  // how many of them each thread began
  std::vector<std::size_t> turn_;
  std::size_t next_ = 0;
  std::function<void()> const* body_ = nullptr;
  std::uint64_t random_;
  inline static std::vector<std::unique_ptr<Fiber>> fibers_; // kept for later blocks
  inline static std::vector<Fiber*> idle_;
};

inline Block* block = nullptr;

inline void Block::work() {
  Fiber::arrive();
  for (;;) {
    (*block->body_)();
    Block& b = *block;
    Fiber* const fiber = b.on_[current];
    b.states_[current] = State::finished;
    while (b.next_ < b.turn_.size() && b.states_[b.turn_[b.next_]] != State::ready &&
           b.states_[b.turn_[b.next_]] != State::waiting_to_start) {
      ++b.next_;
    }
    if (b.next_ < b.turn_.size() && b.states_[b.turn_[b.next_]] == State::waiting_to_start) {
      std::size_t const thread = b.turn_[b.next_++];
      b.on_[thread] = fiber;
      b.set(thread);
      continue;
    }
    idle_.push_back(fiber);
    fiber->leave();
  }
}

/// One launch of `body`, which calls the kernel. `order`: draws the order of the threads.
inline void launch(Index grid, unsigned threads, std::size_t shared_bytes, std::uint64_t order,
                   std::function<void()> const& body) {
  if (threads == 0 || threads % Block::warp != 0 || threads > 1024 || grid.y > 65535) {
    throw std::logic_error("a launch of " + std::to_string(threads) + " threads a block and a grid of " +
                           std::to_string(grid.x) + " x " + std::to_string(grid.y));
  }
  grid_dim = grid;
  block_dim = {threads, 1, 1};
  if (watch != nullptr) {
    watch->begin_launch();
  }
  Block here(shared_bytes, order);
  block = &here;
  for (unsigned y = 0; y < grid.y; ++y) {
    for (unsigned x = 0; x < grid.x; ++x) {
      block_index = {x, y, 0};
      here.run(threads, body);
    }
  }
  block = nullptr;
  if (std::string const wrong = watch != nullptr ? watch->end_launch() : ""; !wrong.empty()) {
    throw std::logic_error(wrong);
  }
}

/// Every thread's value to all threads of the warp or block: publish, wait, read(turn).
template <class T, class Read>
auto exchange(State barrier, T value, Read read) {
  static_assert(sizeof(T) <= sizeof(std::uint64_t));
  unsigned const turn = block->next_turn(Block::current);
  std::memcpy(&block->slot(Block::current, turn), &value, sizeof(T));
  block->wait(barrier);
  return read(turn);
}

inline std::size_t first_of_warp() { return Block::current / Block::warp * Block::warp; }

template <class T>
T shuffle_from(T value, unsigned lane) {
  return exchange(State::at_warp_barrier, value, [&](unsigned turn) {
    T other;
    std::memcpy(&other, &block->slot(first_of_warp() + lane % Block::warp, turn), sizeof(T));
    return other;
  });
}

inline unsigned lane() { return static_cast<unsigned>(Block::current) % Block::warp; }

} // namespace cuda_on_host

#define threadIdx ::cuda_on_host::thread_index
#define blockIdx ::cuda_on_host::block_index
#define blockDim ::cuda_on_host::block_dim
#define gridDim ::cuda_on_host::grid_dim

inline void __syncthreads() { cuda_on_host::block->wait(cuda_on_host::State::at_block_barrier); }

inline int __syncthreads_or(int condition) {
  std::uint64_t const vote = condition != 0;
  return cuda_on_host::exchange(cuda_on_host::State::at_block_barrier, vote, [](unsigned turn) {
    int any = 0;
    for (std::size_t i = 0; i < cuda_on_host::block->threads(); ++i) {
      any |= cuda_on_host::block->slot(i, turn) != 0;
    }
    return any;
  });
}

inline void __syncwarp(unsigned = ~0u) {
  cuda_on_host::block->wait(cuda_on_host::State::at_warp_barrier);
  if (cuda_on_host::watch != nullptr) {
    cuda_on_host::watch->warp_barrier(cuda_on_host::Block::current);
  }
}

template <class T>
T __shfl_xor_sync(unsigned, T value, int mask) {
  return cuda_on_host::shuffle_from(value, cuda_on_host::lane() ^ static_cast<unsigned>(mask));
}

template <class T>
T __shfl_sync(unsigned, T value, int lane) {
  return cuda_on_host::shuffle_from(value, static_cast<unsigned>(lane));
}

inline unsigned __ballot_sync(unsigned, int condition) {
  std::uint64_t const vote = condition != 0;
  return cuda_on_host::exchange(cuda_on_host::State::at_warp_barrier, vote, [](unsigned turn) {
    unsigned bits = 0;
    for (unsigned i = 0; i < cuda_on_host::Block::warp; ++i) {
      bits |= static_cast<unsigned>(cuda_on_host::block->slot(cuda_on_host::first_of_warp() + i, turn) << i);
    }
    return bits;
  });
}

inline int __ffs(int bits) { return __builtin_ffs(bits); }

namespace srlm::kernels {

template <class T>
T* dynamic_shared_memory() {
  return static_cast<T*>(cuda_on_host::block->shared());
}

} // namespace srlm::kernels
