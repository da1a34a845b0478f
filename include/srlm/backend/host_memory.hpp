/// Memory of the host backends: aligned blocks that go back to a pool, because a training step asks for the same large
/// blocks again and again and the operating system would clear them each time. Large blocks lie on large pages where
/// the system offers them.
#pragma once
#include <srlm/core/error.hpp>
#include <cstddef>
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

/// Keeps released blocks by size. Not for several threads at once.
class HostPool {
 public:
  HostPool() = default;
  HostPool(HostPool const&) = delete;
  HostPool& operator=(HostPool const&) = delete;
  ~HostPool() { release(); }

  void* take(std::size_t bytes) {
    auto const found = free_.find(bytes);
    if (found != free_.end() && !found->second.empty()) {
      void* block = found->second.back();
      found->second.pop_back();
      return block;
    }
    void* const block = ::operator new(bytes, alignment(bytes));
#if defined(__linux__)
    if (bytes >= least_large) {
      (void)::madvise(block, bytes, MADV_HUGEPAGE); // a wish
    }
#endif
    return block;
  }

  void give_back(void* block, std::size_t bytes) noexcept {
    try {
      free_[bytes].push_back(block);
    } catch (...) {
      ::operator delete(block, alignment(bytes));
    }
  }

  /// Returns all unused blocks to the operating system.
  void release() noexcept {
    for (auto& [bytes, blocks] : free_) {
      for (void* block : blocks) {
        ::operator delete(block, alignment(bytes));
      }
    }
    free_.clear();
  }

 private:
  static constexpr std::size_t large_page = std::size_t{2} << 20, least_large = 2 * large_page;

  static std::align_val_t alignment(std::size_t bytes) {
    return std::align_val_t{bytes >= least_large ? large_page : 64};
  }

  std::map<std::size_t, std::vector<void*>> free_;
};

/// n elements, uninitialised. Owning and movable; goes back to its pool at the end.
template <class T>
class HostBuffer {
 public:
  HostBuffer() = default;
  HostBuffer(std::shared_ptr<HostPool> pool, std::size_t n) : pool_(std::move(pool)), size_(n) {
    data_ = n == 0 ? nullptr : static_cast<T*>(pool_->take(rounded_bytes()));
  }
  HostBuffer(HostBuffer&& other) noexcept
      : pool_(std::move(other.pool_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  HostBuffer& operator=(HostBuffer&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~HostBuffer() {
    if (data_ != nullptr) {
      pool_->give_back(data_, rounded_bytes());
    }
  }

  std::span<T> span() const { return {data_, size_}; }
  std::size_t size() const { return size_; }

 private:
  /// Rounded up, so that slightly different batches reuse the same blocks.
  std::size_t rounded_bytes() const {
    std::size_t const bytes = size_ * sizeof(T);
    std::size_t const step = bytes < (std::size_t{1} << 20) ? 4096 : std::size_t{1} << 20;
    return (bytes + step - 1) / step * step;
  }

  std::shared_ptr<HostPool> pool_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace srlm
