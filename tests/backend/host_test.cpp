/// What the host's backends stand on: the parallel loop and the pool of memory.
#include "support/catch.hpp"
#include <srlm/backend/host_memory.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/seed.hpp>

using namespace srlm;

TEST_CASE("every task of a parallel loop runs once, nested loops too, and what a task throws arrives") {
  std::vector<int> seen(1000);
  parallel_for(4, seen.size(), least_parallel_work,
               [&](std::size_t i) { parallel_for(4, 3, least_parallel_work, [&](std::size_t) { ++seen[i]; }); });
  CHECK(seen == std::vector<int>(1000, 3));
  CHECK_THROWS_WITH(parallel_for(4, 100, least_parallel_work,
                                 [](std::size_t i) {
                                   if (i == 57) {
                                     throw Error("task 57");
                                   }
                                 }),
                    "task 57");
  for (int round = 0; round < 2000; ++round) { // jobs in quick succession
    std::atomic<int> sum{0};
    parallel_for(3, 5, least_parallel_work, [&](std::size_t i) { sum += static_cast<int>(i); });
    REQUIRE(sum == 10);
  }
}

TEST_CASE("memory for steps of ever different sizes stays within a quarter of the most that was in use") {
  auto const pool = std::make_shared<HostPool>();
  std::size_t most = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    std::vector<HostBuffer<float>> held;
    std::size_t used = 0;
    for (std::uint64_t i = 0; i < 12; ++i) {
      held.emplace_back(pool, 1 + Seed{step}.below(3'000'000, i));
      used += held.back().size() * sizeof(float) * 5 / 4 + (std::size_t{1} << 20);
    }
    most = std::max(most, used);
    held.clear();
    CHECK(pool->kept() <= most + most / 4);
  }
  CHECK(pool->kept() > 0);
  pool->release();
  CHECK(pool->kept() == 0);
}
