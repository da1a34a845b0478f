/// One way to use several threads on the host: independent tasks whose shape does not depend on the number of threads, so
/// results do not either.
#pragma once
#include <cstddef>
#ifdef _OPENMP
#include <omp.h>
#endif

namespace srlm {

/// Threads that the machine offers to this process.
inline int hardware_threads() {
#ifdef _OPENMP
  return omp_get_max_threads();
#else
  return 1;
#endif
}

/// Work (floating-point operations, about) below which waking other threads costs more than it saves.
inline constexpr std::size_t least_parallel_work = std::size_t{1} << 19;

/// Calls task(i) for i = 0 .. n - 1, on up to `threads` threads, in any order. work: of all tasks together.
template <class Task>
void parallel_for(int threads, std::size_t n, std::size_t work, Task&& task) {
#ifdef _OPENMP
  if (threads > 1 && n > 1 && work >= least_parallel_work) {
    auto const last = static_cast<std::ptrdiff_t>(n);
#pragma omp parallel for schedule(dynamic, 1) num_threads(threads)
    for (std::ptrdiff_t i = 0; i < last; ++i) {
      task(static_cast<std::size_t>(i));
    }
    return;
  }
#endif
  (void)threads;
  (void)work;
  for (std::size_t i = 0; i < n; ++i) {
    task(i);
  }
}

/// Calls task(begin, end) for consecutive ranges that cover 0 .. n - 1, `grain` items a range.
template <class Task>
void parallel_ranges(int threads, std::size_t n, std::size_t grain, std::size_t work, Task&& task) {
  std::size_t const tasks = (n + grain - 1) / grain;
  parallel_for(threads, tasks, work, [&](std::size_t i) {
    std::size_t const begin = i * grain;
    task(begin, begin + grain < n ? begin + grain : n);
  });
}

} // namespace srlm
