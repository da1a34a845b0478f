/// Memory that is not the host's: a view that nobody can look through, and a buffer that gives itself back. The device
/// behind them is any type with allocate(bytes) and release(pointer), which order both with its other work.
#pragma once
#include <cstddef>
#include <memory>
#include <utility> // exchange, swap

namespace srlm {

/// Elements in a device's memory.
template <class T>
class DeviceSpan {
 public:
  DeviceSpan() = default;
  DeviceSpan(T* data, std::size_t size) : data_(data), size_(size) {}

  T* data() const { return data_; } ///< for kernels and copies alone
  std::size_t size() const { return size_; }
  DeviceSpan subspan(std::size_t first) const { return {data_ + first, size_ - first}; }
  DeviceSpan subspan(std::size_t first, std::size_t count) const { return {data_ + first, count}; }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

/// n elements, uninitialised. Owning and movable.
template <class T, class Device>
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(std::shared_ptr<Device> device, std::size_t n) : device_(std::move(device)), size_(n) {
    if (n > 0) {
      data_ = static_cast<T*>(device_->allocate(n * sizeof(T)));
    }
  }
  DeviceBuffer(DeviceBuffer&& other) noexcept
      : device_(std::move(other.device_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~DeviceBuffer() {
    if (data_ != nullptr) {
      device_->release(data_);
    }
  }

  DeviceSpan<T> span() const { return {data_, size_}; }
  T* data() const { return data_; } ///< for kernels and copies alone
  std::size_t size() const { return size_; }

 private:
  std::shared_ptr<Device> device_;
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace srlm
