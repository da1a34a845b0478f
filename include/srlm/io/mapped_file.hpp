/// A file as read-only memory. Model files are larger than what a program wants to copy, so readers look into the
/// mapping and the kernel fetches the pages that are touched.
#pragma once
#include <srlm/core/error.hpp>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring> // strerror
#include <limits>
#include <span>
#include <string>
#include <utility> // exchange

#include <fcntl.h>    // open
#include <sys/mman.h> // mmap
#include <sys/stat.h> // fstat
#include <unistd.h>   // close

namespace srlm::io {

/// Owns the mapping of one regular file; movable. The bytes live as long as the object, wherever it is moved to.
///
/// A file that another program cuts short while it is mapped ends this program with SIGBUS: srlm itself only replaces
/// files by renaming (see AtomicFile), which leaves an existing mapping whole.
class MappedFile {
 public:
  /// Maps the file. Throws: Error that names the file and the reason (absent, no permission, a folder, ...).
  explicit MappedFile(std::string path) : path_(std::move(path)) {
    int const descriptor = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
      throw Error(path_ + ": cannot be opened for reading: " + std::strerror(errno));
    }
    struct stat status = {};
    if (::fstat(descriptor, &status) != 0) {
      int const reason = errno;
      ::close(descriptor);
      throw Error(path_ + ": its size cannot be read: " + std::strerror(reason));
    }
    if (!S_ISREG(status.st_mode)) {
      ::close(descriptor);
      throw Error(path_, S_ISDIR(status.st_mode) ? "a folder" : "something that is not a regular file", "a file");
    }
    auto const size = static_cast<std::uintmax_t>(status.st_size);
    if (size > std::numeric_limits<std::size_t>::max() / 2) {
      ::close(descriptor);
      throw Error(path_ + ": is too large to be mapped into memory");
    }
    size_ = static_cast<std::size_t>(size);
    if (size_ != 0) {
      data_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (data_ == MAP_FAILED) {
        int const reason = errno;
        data_ = nullptr;
        ::close(descriptor);
        throw Error(path_ + ": cannot be mapped into memory: " + std::strerror(reason));
      }
    }
    ::close(descriptor);
  }

  MappedFile(MappedFile&& other) noexcept
      : path_(std::move(other.path_)),
        data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)) {}

  MappedFile& operator=(MappedFile&& other) noexcept {
    if (this != &other) {
      unmap();
      path_ = std::move(other.path_);
      data_ = std::exchange(other.data_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }

  ~MappedFile() { unmap(); }

  /// The whole file; empty for an empty file.
  std::span<std::byte const> bytes() const { return {static_cast<std::byte const*>(data_), size_}; }

  std::string const& path() const { return path_; }

 private:
  void unmap() noexcept {
    if (data_ != nullptr) {
      ::munmap(data_, size_);
      data_ = nullptr;
    }
  }

  std::string path_;
  void* data_ = nullptr;
  std::size_t size_ = 0;
};

} // namespace srlm::io
