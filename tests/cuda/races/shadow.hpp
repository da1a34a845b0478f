/// Finds races by what orders accesses, not by what happened to go wrong: every access of a kernel to shared or device
/// memory is compared with the earlier ones to the same bytes. Two threads of a block are ordered by a block barrier
/// between their accesses, two of a warp by __syncwarp as well; two blocks of a launch by nothing. Two accesses that
/// nothing orders, of which one writes, are a race, in whatever order the threads ran.
///
/// The accesses come from the compiler: what includes the kernels is compiled with -fsanitize=thread and linked without
/// it, and the functions that the compiler then calls are in shadow.cpp, which is compiled without.
#pragma once
#include "../executor.hpp"

namespace cuda_on_host {

Watch& race_detector();

/// What the last launch did: bytes of device memory that it read and wrote, each counted once, to four bytes; and how
/// often its threads read a number of shared memory.
struct Traffic {
  std::size_t read = 0, written = 0, shared_reads = 0;
};
Traffic last_traffic();

} // namespace cuda_on_host
