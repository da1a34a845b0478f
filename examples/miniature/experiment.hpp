/// All arms of all seeds: first the starts, then the arms, as many at once as there are threads.
#pragma once
#include "arms.hpp"
#include "results.hpp"
#include <atomic>
#include <exception>
#include <thread>

namespace miniature {

/// task(i) for i = 0 .. n - 1, in order, on so many threads. The first error is thrown when all have ended.
template <class Task>
void side_by_side(std::size_t threads, std::size_t n, Task const& task) {
  std::atomic<std::size_t> next{0};
  std::exception_ptr failed;
  std::mutex mutex;
  std::vector<std::thread> workers;
  for (std::size_t w = 0; w < std::min(threads, n); ++w) {
    workers.emplace_back([&] {
      for (std::size_t i = next++; i < n; i = next++) {
        try {
          task(i);
        } catch (...) {
          std::scoped_lock const lock(mutex);
          failed = failed ? failed : std::current_exception();
          next = n;
        }
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  if (failed) {
    std::rethrow_exception(failed);
  }
}

/// One seed's beginning, with M0 kept in the folder: it is most of the work.
struct SeedStart {
  SeedStart(std::uint64_t number, Division const& division, Settings const& s, Results const& results, int threads)
      : seed{number}, backend(threads), start(backend, s), examine(division, s, start.m0.tokenizer(), seed.fork(3)) {
    auto const file = results.folder() / ("M0-" + std::to_string(number) + ".safetensors");
    if (std::filesystem::exists(file)) {
      start.m0.load_checkpoint(file);
    } else {
      train_base(start.m0, division, s, seed.fork(0));
      start.m0.save_checkpoint(file);
    }
    make_start(start, division, s, seed.fork(1));
    m0 = examine(start.m0, start.m0, nullptr);
    sft = examine(start.sft, start.m0, nullptr);
    m1 = examine(start.m1, start.m0, nullptr);
    srlm::EftReport const& eft = start.eft.report;
    m1.values.emplace_back("eft_instructions_kept", static_cast<double>(eft.kept));
    m1.values.emplace_back("eft_rows", static_cast<double>(start.eft.examples.size()));
  }

  srlm::Seed seed;
  srlm::EigenBackend backend;
  Start start;
  Examiner examine;
  Measured m0, sft, m1;
};

inline void run_experiment(Results& results, std::vector<std::uint64_t> const& numbers,
                           std::vector<Arm const*> const& chosen, Settings const& s, std::size_t threads) {
  Division const division;
  std::vector<std::uint64_t> todo; // seeds with something to do
  for (std::uint64_t number : numbers) {
    for (Arm const* arm : chosen) {
      if (!results.has(number, arm->name) && (todo.empty() || todo.back() != number)) {
        todo.push_back(number);
      }
    }
  }
  auto const threads_of_each = [&](std::size_t tasks) { // a thread a task, more only where there are few tasks
    return static_cast<int>(std::max<std::size_t>(1, threads / std::max<std::size_t>(1, tasks)));
  };
  std::vector<std::unique_ptr<SeedStart>> starts(todo.size());
  side_by_side(threads, todo.size(), [&](std::size_t i) {
    starts[i] = std::make_unique<SeedStart>(todo[i], division, s, results, threads_of_each(todo.size()));
    results.put(todo[i], "start", {{"M0", starts[i]->m0}, {"SFT", starts[i]->sft}, {"M1", starts[i]->m1}});
    std::printf("seed %llu: M0, the SFT baseline and M1 are made\n", static_cast<unsigned long long>(todo[i]));
    std::fflush(stdout);
  });
  std::size_t const runs = todo.size() * chosen.size();
  side_by_side(threads, runs, [&](std::size_t i) {
    SeedStart const& from = *starts[i / chosen.size()];
    Arm const& arm = *chosen[i % chosen.size()];
    if (results.has(from.seed.value, arm.name)) {
      return;
    }
    Lab lab(from.start, arm.with_eft ? from.start.m1 : from.start.sft, arm.with_eft ? from.m1 : from.sft, from.examine,
            division, s, std::min(arm.turns, s.most_turns), from.seed.fork(2), threads_of_each(runs));
    arm.run(lab);
    results.put(from.seed.value, arm.name, {lab.course.begin(), lab.course.end()});
    std::printf("seed %llu: %s\n", static_cast<unsigned long long>(from.seed.value), std::string(arm.name).c_str());
    std::fflush(stdout);
  });
}

} // namespace miniature
