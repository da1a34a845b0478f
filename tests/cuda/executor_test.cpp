/// The executor finds what it is there for.
#include "executor.hpp"
#include "support/catch.hpp"

namespace {

/// Writes to shared memory and reads a neighbour's number, with or without the barrier between the two.
void neighbours(float* out, bool barrier) {
  float* const shared = srlm::kernels::dynamic_shared_memory<float>();
  shared[threadIdx.x] = static_cast<float>(threadIdx.x);
  if (barrier) {
    __syncthreads();
  }
  out[threadIdx.x] = shared[(threadIdx.x + 1) % blockDim.x];
}

std::vector<float> run_neighbours(std::uint64_t order, bool barrier) {
  std::vector<float> out(64);
  cuda_on_host::launch({1, 1, 1}, 64, 64 * sizeof(float), order, [&] { neighbours(out.data(), barrier); });
  return out;
}

void run(unsigned threads, std::function<void()> const& body) { cuda_on_host::launch({1, 1, 1}, threads, 0, 1, body); }

} // namespace

TEST_CASE("a missing barrier changes the result, whatever the order of the threads") {
  std::vector<float> const expected = run_neighbours(1, true);
  CHECK(expected[5] == 6.0f);
  for (std::uint64_t order = 1; order < 6; ++order) {
    CHECK(run_neighbours(order, true) == expected);
    CHECK(run_neighbours(order, false) != expected);
  }
}

TEST_CASE("a barrier that a part of the threads never reaches is an error") {
  CHECK_THROWS_WITH(run(32,
                        [] {
                          if (threadIdx.x < 16) {
                            __syncthreads();
                          } else {
                            __syncwarp();
                          }
                        }),
                    Catch::Matchers::ContainsSubstring("divergent barrier"));
}

TEST_CASE("a shuffle that a lane has left for good is an error") {
  CHECK_THROWS_WITH(run(32,
                        [] {
                          if (threadIdx.x > 3) {
                            __shfl_xor_sync(~0u, 1, 1);
                          }
                        }),
                    Catch::Matchers::ContainsSubstring("a part of the warp"));
}

TEST_CASE("shuffles, ballots and votes are those of CUDA") {
  std::vector<int> swapped(64), first(64), any(64);
  std::vector<unsigned> odd(64);
  run(64, [&] {
    unsigned const i = threadIdx.x;
    swapped[i] = __shfl_xor_sync(~0u, static_cast<int>(i), 5);
    first[i] = __shfl_sync(~0u, static_cast<int>(i), 0);
    odd[i] = __ballot_sync(~0u, i % 2);
    any[i] = __syncthreads_or(i == 63);
  });
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(swapped[i] == static_cast<int>(i ^ 5));
    CHECK(first[i] == static_cast<int>(i / 32 * 32));
    CHECK(odd[i] == 0xaaaaaaaau);
    CHECK(any[i] == 1);
  }
}
