/// One way to use several threads on the host: independent tasks whose shape does not depend on the number of threads,
/// so results do not either. The calling thread works too and waits for tasks only, never for a worker that took none:
/// on a machine that others use as well, a barrier over all threads (as at the end of an OpenMP loop) costs a time
/// slice each.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdlib> // getenv, atoi
#include <exception>
#include <mutex>
#include <thread>
#include <vector>
#if defined(__linux__)
#include <sched.h>
#endif

namespace srlm {

/// Threads that the machine offers to this process; OMP_NUM_THREADS, which people set for such programs, is honoured.
inline int hardware_threads() {
  if (char const* wanted = std::getenv("OMP_NUM_THREADS"); wanted != nullptr && std::atoi(wanted) > 0) {
    return std::atoi(wanted);
  }
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) {
    return CPU_COUNT(&set);
  }
#endif
  unsigned const threads = std::thread::hardware_concurrency();
  return threads > 0 ? static_cast<int>(threads) : 1;
}

/// The process's worker threads. They claim tasks of the current job one by one, spin for a moment when there are none,
/// then sleep.
class WorkerPool {
 public:
  static WorkerPool& instance() {
    static WorkerPool pool;
    return pool;
  }

  /// Runs task(i) for i = 0 .. n - 1 on the caller and up to threads - 1 workers. What a task throws, the caller gets.
  /// One job at a time: a call from inside a task, or from a second thread meanwhile, runs its tasks by itself.
  template <class Task>
  void run(int threads, std::size_t n, Task& task) {
    std::unique_lock<std::mutex> owner(owner_, std::defer_lock);
    if (inside_ || !owner.try_lock()) {
      for (std::size_t i = 0; i < n; ++i) {
        task(i);
      }
      return;
    }
    grow(static_cast<std::size_t>(threads) - 1);
    Job job;
    job.call = [](void* context, std::size_t i) { (*static_cast<Task*>(context))(i); };
    job.context = &task;
    job.tasks = n;
    job.places.store(threads - 1);
    {
      std::lock_guard lock(mutex_);
      job_ = &job;
      generation_.fetch_add(1);
    }
    if (sleepers_.load() > 0) {
      wake_.notify_all();
    }
    inside_ = true;
    job.work();
    inside_ = false;
    {
      std::lock_guard lock(mutex_); // no worker takes up the job from here on
      job_ = nullptr;
    }
    while (job.workers.load() > 0) { // only those that are inside a task
      std::this_thread::yield();
    }
    if (job.failure) {
      std::rethrow_exception(job.failure);
    }
  }

 private:
  struct Job {
    void (*call)(void*, std::size_t) = nullptr;
    void* context = nullptr;
    std::size_t tasks = 0;
    std::atomic<std::size_t> next{0};
    std::atomic<int> places{0}, workers{0};
    std::atomic<bool> failed{false};
    std::exception_ptr failure;

    void work() {
      for (std::size_t i; (i = next.fetch_add(1)) < tasks;) {
        try {
          call(context, i);
        } catch (...) {
          if (!failed.exchange(true)) {
            failure = std::current_exception();
          }
          next.store(tasks);
        }
      }
    }
  };

  WorkerPool() = default;
  ~WorkerPool() {
    {
      std::lock_guard lock(mutex_);
      stop_ = true;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    for (std::thread& worker : workers_) {
      worker.join();
    }
  }

  void grow(std::size_t workers) {
    while (workers_.size() < workers) {
      workers_.emplace_back([this] { serve(); });
    }
  }

  void serve() {
    inside_ = true; // a task that starts tasks runs them itself
    std::size_t seen = 0;
    for (;;) {
      for (int spin = 0; spin < 2000 && generation_.load() == seen; ++spin) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
      }
      Job* job = nullptr;
      {
        std::unique_lock lock(mutex_);
        sleepers_.fetch_add(1);
        wake_.wait(lock, [&] { return generation_.load() != seen; });
        sleepers_.fetch_sub(1);
        seen = generation_.load();
        if (stop_) {
          return;
        }
        job = job_;
        if (job != nullptr && job->places.fetch_sub(1) > 0) {
          job->workers.fetch_add(1);
        } else {
          job = nullptr;
        }
      }
      if (job != nullptr) {
        job->work();
        job->workers.fetch_sub(1);
      }
    }
  }

  std::mutex owner_, mutex_;
  std::condition_variable wake_;
  std::atomic<std::size_t> generation_{0};
  std::atomic<int> sleepers_{0};
  Job* job_ = nullptr;
  bool stop_ = false;
  std::vector<std::thread> workers_;
  static inline thread_local bool inside_ = false;
};

/// Work (floating-point operations, about) below which waking other threads costs more than it saves.
inline constexpr std::size_t least_parallel_work = std::size_t{1} << 19;

/// Calls task(i) for i = 0 .. n - 1, on up to `threads` threads, in any order. work: of all tasks together.
template <class Task>
void parallel_for(int threads, std::size_t n, std::size_t work, Task&& task) {
  if (threads > 1 && n > 1 && work >= least_parallel_work) {
    WorkerPool::instance().run(threads, n, task);
    return;
  }
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
