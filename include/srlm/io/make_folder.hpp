/// A folder to write into.
#pragma once
#include <srlm/core/error.hpp>
#include <filesystem>

namespace srlm::io {

/// The folder and those above it, where they are not there yet. Throws: Error that names the folder and the reason.
inline void make_folder(std::filesystem::path const& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error("folder " + folder.string() + ": " + failed.message());
  }
}

} // namespace srlm::io
