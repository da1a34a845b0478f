/// The tensor policy that a benchmark measures: SRLM_BACKEND names it as --backend does (eigen, onednn, cuda).
#pragma once
#include "../examples/srlm/backends.hpp"
#include <cstdlib>

namespace bench {

inline srlm::AnyBackend& backend() {
  static srlm::AnyBackend policy = [] {
    char const* const given = std::getenv("SRLM_BACKEND");
    return srlm::cli::make_backend(given != nullptr && *given != '\0' ? given : "eigen", 0);
  }();
  return policy;
}

} // namespace bench
