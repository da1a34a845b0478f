/// The shape of a kernel's launch.
#pragma once
#include <cstddef>

namespace srlm::cuda {

/// blocks x blocks_y blocks of `threads` threads; no blocks: nothing to do.
struct Launch {
  unsigned blocks, blocks_y, threads;
  std::size_t shared_bytes; ///< dynamic, for each block
};

} // namespace srlm::cuda
