/// A short name for the contents of a file or folder: two runs with the same fingerprint had the same input.
#pragma once
#include <srlm/io/mapped_file.hpp>
#include <algorithm> // sort
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

namespace srlm::io {

/// 64 bits over all bytes, eight at a time (the mixing step of splitmix64). Against mistakes, not against malice.
inline std::uint64_t fingerprint_bytes(std::span<std::byte const> bytes, std::uint64_t state) {
  auto const mix = [&](std::uint64_t word) {
    state = (state ^ word) * 0x9E3779B97F4A7C15ull;
    state ^= state >> 32;
  };
  std::size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + i, 8);
    mix(word);
  }
  std::uint64_t last = 0;
  std::memcpy(&last, bytes.data() + i, bytes.size() - i);
  mix(last);
  mix(bytes.size());
  return state;
}

/// Of a file, or of all files directly in a folder with their names, in order. Throws: Error where one cannot be read.
inline std::string fingerprint(std::filesystem::path const& path) {
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) {
    for (auto const& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  std::uint64_t state = 0;
  for (auto const& file : files) {
    if (files.size() > 1) {
      std::string const name = file.filename().string();
      state = fingerprint_bytes(std::as_bytes(std::span(name)), state);
    }
    MappedFile const content(file.string());
    state = fingerprint_bytes(content.bytes(), state);
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(state));
  return text;
}

} // namespace srlm::io
