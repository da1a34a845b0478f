/// How much memory this process may still take.
#pragma once
#include <algorithm> // min
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

namespace srlm::io {

namespace detail {

/// The number that a file begins with; nothing where it begins with a word ("max": no limit) or is not there.
inline std::optional<std::uint64_t> number_in(char const* path) {
  std::ifstream file(path);
  std::uint64_t n = 0;
  return file >> n ? std::optional(n) : std::nullopt;
}

} // namespace detail

/// Bytes that are free or can be freed, within the limit of the process's group (cgroup v2). Nothing where the system
/// does not tell.
inline std::optional<std::uint64_t> available_memory() {
  std::optional<std::uint64_t> least;
  std::ifstream meminfo("/proc/meminfo");
  for (std::string name, unit; meminfo >> name;) {
    std::uint64_t kibibytes = 0;
    meminfo >> kibibytes;
    std::getline(meminfo, unit);
    if (name == "MemAvailable:") {
      least = kibibytes * 1024;
    }
  }
  auto const limit = detail::number_in("/sys/fs/cgroup/memory.max"),
             used = detail::number_in("/sys/fs/cgroup/memory.current");
  if (limit && used) {
    std::uint64_t const left = *limit - std::min(*limit, *used);
    least = std::min(least.value_or(left), left);
  }
  return least;
}

} // namespace srlm::io
