/// The folder of a run belongs to one process at a time.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/make_folder.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace srlm::observe {

/// Makes the folder and holds it. Throws: Error when it cannot be written, or another run stays in it: a process that
/// was killed may take a moment to be gone.
class RunFolder {
 public:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {
    io::make_folder(path_);
    std::filesystem::path const lock = path_ / ".lock";
    descriptor_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw Error("run folder " + path_.string() + ": cannot be written: " + std::strerror(errno));
    }
    if (!hold()) {
      ::close(descriptor_);
      throw Error("run folder " + path_.string(), "a folder in which another run is at work",
                  "to be the only one: wait for the other run or choose another folder");
    }
    remove_halves();
  }
  RunFolder(RunFolder const&) = delete;
  RunFolder& operator=(RunFolder const&) = delete;
  ~RunFolder() { ::close(descriptor_); }

  std::filesystem::path const& path() const { return path_; }

 private:
  bool hold() const {
    constexpr int tries = 40;
    constexpr std::chrono::milliseconds pause{50};
    for (int i = 1; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0; ++i) {
      if (i == tries) {
        return false;
      }
      std::this_thread::sleep_for(pause);
    }
    return true;
  }

  /// Files that a killed process of this run was writing (io::AtomicFile) and that nobody will finish.
  void remove_halves() const {
    std::error_code ignored;
    std::vector<std::filesystem::path> halves;
    for (auto const& entry : std::filesystem::recursive_directory_iterator(path_, ignored)) {
      std::string const name = entry.path().filename().string();
      if (name.starts_with(".") && name.find(".part-") != std::string::npos && entry.is_regular_file(ignored)) {
        halves.push_back(entry.path());
      }
    }
    for (std::filesystem::path const& half : halves) {
      std::filesystem::remove(half, ignored);
    }
  }

  std::filesystem::path path_;
  int descriptor_ = -1;
};

} // namespace srlm::observe
