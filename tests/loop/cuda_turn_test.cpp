/// The loop with the built-in model over the CUDA policy, every kernel run thread by thread on the processor: sampling,
/// judging, supervised steps, DPO steps.
#include "cuda/host_device.hpp"
#include "one_turn.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include <srlm/backend/cuda_bf16.cuh>

using namespace srlm;

TEST_CASE("one turn over the CUDA policy begins at log 2, is the same bytes twice, and ends near EigenBackend's") {
  // threads run in another order
  auto const run = [](std::uint64_t order) { return turn::one_turn(CudaOnHost(std::make_shared<HostDevice>(order))); };
  turn::Outcome const once = run(1), twice = run(1'000'000);
  REQUIRE(once.losses.size() >= 2);
  CHECK(once.losses.front() == Catch::Approx(std::log(2.0)).epsilon(tolerance::zero_margin));
  CHECK(once.losses.back() < once.losses.front());
  CHECK(once.weights == twice.weights);
  CHECK(once.losses == twice.losses);
  CHECK(!once.journal.empty());
  CHECK(once.journal == twice.journal);

  turn::Outcome const& by_eigen = turn::turn_by_eigen();
  CHECK(once.pairs > 0);
  CHECK(once.pairs == by_eigen.pairs);
  CHECK(turn::furthest(once.supervised, by_eigen.supervised) < tolerance::same_weights);
  REQUIRE(once.losses.size() == by_eigen.losses.size());
  for (std::size_t i = 0; i < once.losses.size(); ++i) {
    CHECK(std::abs(once.losses[i] - by_eigen.losses[i]) < tolerance::training_loss);
  }
  CHECK(turn::furthest(once.weights, by_eigen.weights) < tolerance::same_weights);
}

TEST_CASE("one turn with products of bf16 begins at log 2 too, learns, and is the same bytes twice") {
  auto const run = [](std::uint64_t order) {
    return turn::one_turn(BasicCudaBf16Backend<HostDevice>(std::make_shared<HostDevice>(order)));
  };
  turn::Outcome const once = run(1), twice = run(1'000'000);
  REQUIRE(once.losses.size() >= 2);
  CHECK(once.losses.front() == Catch::Approx(std::log(2.0)).epsilon(tolerance::zero_margin));
  CHECK(once.losses.back() < once.losses.front());
  CHECK(once.weights == twice.weights);
  CHECK(once.losses == twice.losses);
  CHECK(once.journal == twice.journal);
  double const from_f32 = turn::furthest(once.supervised, turn::turn_by_eigen().supervised);
  CHECK(from_f32 > 0); // not f32 by mistake
  CHECK(from_f32 < tolerance::bf16_supervised);
}
