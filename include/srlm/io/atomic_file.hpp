/// A file that appears whole or not at all. Everything is written beside the target and renamed over it at the end, so
/// that a full disk, a kill or a power cut never leaves half a model under the name of a whole one.
#pragma once
#include <srlm/core/error.hpp>
#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring> // strerror
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error> // error_code
#include <vector>

#include <fcntl.h>    // open
#include <sys/stat.h> // fstat
#include <unistd.h>   // write, fsync

namespace srlm::io {

/// Writes every byte to an open descriptor, however many calls that takes. Throws: Error that names the path and the
/// reason.
inline void write_all(int descriptor, std::span<std::byte const> bytes, std::string const& path) {
  std::size_t constexpr most = std::size_t{1} << 30; // some systems refuse more in one call
  while (!bytes.empty()) {
    ssize_t const written = ::write(descriptor, bytes.data(), std::min(bytes.size(), most));
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      throw Error(path + ": cannot be written: " + std::strerror(errno));
    }
    if (written == 0) {
      throw Error(path + ": cannot be written: the system takes no more bytes");
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

/// Makes the names in a folder durable (a rename is only on disk once its folder is). Best effort: some file systems
/// do not offer it.
inline void sync_folder(std::filesystem::path const& folder) {
  int const descriptor = ::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

/// The bytes of a text, for the writers.
inline std::span<std::byte const> bytes_of(std::string_view text) {
  return std::as_bytes(std::span<char const>(text.data(), text.size()));
}

/// A file under construction: write any number of times, then commit once. Without commit nothing remains.
/// Semantics: until commit the target keeps its old content; afterwards it has all of the new one, on disk. A target
/// that is a symbolic link keeps being one. Throws: Error that names the target and the reason; the temporary file is
/// removed then.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path) : path_(std::move(path)), target_(path_) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(target_, ignored)) {
      std::filesystem::path const real = std::filesystem::weakly_canonical(target_, ignored);
      if (!ignored && !real.empty()) {
        target_ = real;
      }
    }
    auto const status = std::filesystem::status(target_, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
      throw Error(path_, std::filesystem::is_directory(status) ? "a folder" : "a name that is not of a regular file",
                  "the name of a file to write");
    }
    if (target_.filename().empty()) {
      throw Error(path_.empty() ? std::string("AtomicFile") : path_, "no file name", "the name of a file to write");
    }
    for (int attempt = 0; attempt < 1000 && descriptor_ < 0; ++attempt) {
      std::string name = "."; // not "." + ...: of which g++ 12 warns wrongly where it is inlined
      name += target_.filename().string() + ".part-" + std::to_string(::getpid()) + "-" + std::to_string(next_number());
      temporary_ = target_.parent_path() / name;
      descriptor_ = ::open(temporary_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
      if (descriptor_ < 0 && errno != EEXIST) {
        break;
      }
    }
    if (descriptor_ < 0) {
      throw Error(path_ + ": cannot be created: " + std::strerror(errno));
    }
    buffer_.reserve(buffer_size);
  }

  AtomicFile(AtomicFile const&) = delete;
  AtomicFile& operator=(AtomicFile const&) = delete;

  ~AtomicFile() { discard(); }

  /// Appends bytes.
  void write(std::span<std::byte const> bytes) {
    require(descriptor_ >= 0, "AtomicFile::write", "a file that is committed or has failed", "one under construction");
    written_ += bytes.size();
    if (buffer_.size() + bytes.size() > buffer_size) {
      flush();
    }
    if (bytes.size() >= buffer_size) {
      write_or_discard(bytes);
    } else {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
  }

  void write(std::string_view text) { write(bytes_of(text)); }

  /// How many bytes were written so far.
  std::size_t size() const { return written_; }

  /// Puts the file under its name, durably.
  void commit() {
    require(descriptor_ >= 0, "AtomicFile::commit", "a file that is committed or has failed", "one under construction");
    flush();
    if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOSYS) {
      fail("cannot be brought to the disk");
    }
    int const descriptor = descriptor_;
    descriptor_ = -1;
    if (::close(descriptor) != 0 && errno != EINTR) {
      fail("cannot be closed");
    }
    if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
      fail("cannot be put under its name");
    }
    temporary_.clear();
    sync_folder(target_.parent_path());
  }

 private:
  static constexpr std::size_t buffer_size = std::size_t{1} << 20;

  static unsigned next_number() {
    static std::atomic<unsigned> counter = 0;
    return counter.fetch_add(1);
  }

  void flush() {
    write_or_discard(buffer_);
    buffer_.clear();
  }

  void write_or_discard(std::span<std::byte const> bytes) {
    try {
      write_all(descriptor_, bytes, path_);
    } catch (...) {
      discard();
      throw;
    }
  }

  [[noreturn]] void fail(char const* what) {
    std::string const reason = std::strerror(errno);
    discard();
    throw Error(path_ + ": " + what + ": " + reason);
  }

  void discard() noexcept {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      descriptor_ = -1;
    }
    if (!temporary_.empty()) {
      ::unlink(temporary_.c_str());
      temporary_.clear();
    }
  }

  std::string path_;
  std::filesystem::path target_, temporary_;
  std::vector<std::byte> buffer_;
  std::size_t written_ = 0;
  int descriptor_ = -1;
};

} // namespace srlm::io
