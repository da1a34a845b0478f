/// What bounds the memory and the passes of writing many answers at once.
#pragma once
#include <cstddef>

namespace srlm::model {

struct GenerationLimits {
  std::size_t answers = 64;                       ///< written at the same time
  std::size_t prompt_rows = 1024;                 ///< prompt tokens read in one pass (one prompt may exceed it);
                                                  ///< what prompts share counts once
  std::size_t cache_bytes = std::size_t{4} << 30; ///< for keys and values
  std::size_t window = 16; ///< tokens of an answer between two looks of the host, where the backend can; 0: one
};

} // namespace srlm::model
