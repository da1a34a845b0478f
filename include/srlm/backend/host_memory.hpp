/// Memory of the host backends: aligned blocks that go back to a pool, because a training step asks for the same large
/// blocks again and again and the operating system would clear them each time. Large blocks lie on large pages where
/// the system offers them.
#pragma once
#include <algorithm> // max
#include <cstddef>
#include <iterator> // prev
#include <map>
#include <memory>
#include <new>
#include <span>
#include <utility> // exchange
#include <vector>
#if defined(__linux__)
#include <sys/mman.h> // madvise
#endif

namespace srlm {

/// A vector that begins where a line of memory does: loads of whole lines never need two.
template <class T>
struct LineAllocator {
  using value_type = T;
  static constexpr std::align_val_t line{64};

  LineAllocator() = default;
  template <class U>
  LineAllocator(LineAllocator<U> const&) {}
  T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), line)); }
  void deallocate(T* data, std::size_t) noexcept { ::operator delete(data, line); }
  bool operator==(LineAllocator const&) const = default;
};
template <class T>
using LineVector = std::vector<T, LineAllocator<T>>;

/// Keeps released blocks for the next one of about their size, and never more of them than are in use: batches of
/// ever different lengths do not pile up. Not for several threads at once.
class HostPool {
 public:
  struct Block {
    void* data = nullptr;
    std::size_t bytes = 0;
  };

  HostPool() = default;
  HostPool(HostPool const&) = delete;
  HostPool& operator=(HostPool const&) = delete;
  ~HostPool() { release(); }

  /// At least so many bytes, uninitialised, at most a quarter more. Throws: std::bad_alloc.
  Block take(std::size_t bytes) {
    bytes = rounded(bytes);
    auto const found = kept_.lower_bound(bytes);
    Block block{nullptr, bytes};
    if (found != kept_.end() && found->first <= bytes + bytes / 4) {
      block = {found->second, found->first};
      kept_.erase(found);
      kept_bytes_ -= block.bytes;
    } else {
      block.data = allocate(bytes);
    }
    used_bytes_ += block.bytes;
    most_used_ = std::max(most_used_, used_bytes_);
    return block;
  }

  void give_back(Block block) noexcept {
    used_bytes_ -= block.bytes;
    try {
      kept_.emplace(block.bytes, block.data);
      kept_bytes_ += block.bytes;
    } catch (...) {
      deallocate(block);
    }
    while (used_bytes_ + kept_bytes_ > most_used_ + most_used_ / 4) { // the largest first
      drop(std::prev(kept_.end()));
    }
  }

  /// Returns all unused blocks to the operating system.
  void release() noexcept {
    while (!kept_.empty()) {
      drop(kept_.begin());
    }
  }

  /// Bytes that were in use at the same time, at most.
  std::size_t most_used() const { return most_used_; }

  /// Bytes that are kept for later.
  std::size_t kept() const { return kept_bytes_; }

 private:
  using Kept = std::multimap<std::size_t, void*>;

  static constexpr std::size_t large_page = std::size_t{2} << 20, least_large = 2 * large_page;

  /// Up, so that slightly different batches reuse the same blocks.
  static std::size_t rounded(std::size_t bytes) {
    std::size_t const step = bytes < (std::size_t{1} << 20) ? 4096 : std::size_t{1} << 20;
    return (bytes + step - 1) / step * step;
  }

  static std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t{bytes >= least_large ? large_page : 64};
  }

  static void* allocate(std::size_t bytes) {
    void* const data = ::operator new(bytes, alignment(bytes));
#if defined(__linux__)
    if (bytes >= least_large) {
      (void)::madvise(data, bytes, MADV_HUGEPAGE); // a wish
    }
#endif
    return data;
  }

  static void deallocate(Block block) noexcept { ::operator delete(block.data, alignment(block.bytes)); }

  void drop(Kept::iterator block) noexcept {
    kept_bytes_ -= block->first;
    deallocate({block->second, block->first});
    kept_.erase(block);
  }

  Kept kept_;
  std::size_t kept_bytes_ = 0, used_bytes_ = 0, most_used_ = 0;
};

/// n elements, uninitialised. Owning and movable; goes back to its pool at the end.
template <class T>
class HostBuffer {
 public:
  HostBuffer() = default;
  HostBuffer(std::shared_ptr<HostPool> pool, std::size_t n) : pool_(std::move(pool)), size_(n) {
    if (n > 0) {
      block_ = pool_->take(n * sizeof(T));
    }
  }
  HostBuffer(HostBuffer&& other) noexcept
      : pool_(std::move(other.pool_)), block_(std::exchange(other.block_, {})), size_(std::exchange(other.size_, 0)) {}
  HostBuffer& operator=(HostBuffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(block_, other.block_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~HostBuffer() {
    if (block_.data != nullptr) {
      pool_->give_back(block_);
    }
  }

  std::span<T> span() const { return {static_cast<T*>(block_.data), size_}; }
  std::size_t size() const { return size_; }

 private:
  std::shared_ptr<HostPool> pool_;
  HostPool::Block block_;
  std::size_t size_ = 0;
};

} // namespace srlm
