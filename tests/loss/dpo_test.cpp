#include "support/catch.hpp"
#include <srlm/core/seed.hpp>
#include <srlm/io/json.hpp>
#include <srlm/loss/dpo.hpp>
#include <srlm/testing/loss_laws.hpp>
#include <filesystem>

using namespace srlm;
using Catch::Approx;

TEST_CASE("DPO is log 2 where the policy equals the reference") {
  CHECK(DpoLoss{}({-40, -55, -40, -55}).value == Approx(std::log(2.0)).epsilon(1e-15));
}

TEST_CASE("P1: DPO sums over tokens, so lengths do not enter") {
  PairLogProbs const p{-40, -55, -42, -50, 20, 25};
  PairLogProbs other = p;
  other.chosen_length = 200;
  CHECK(DpoLoss{}(p).value == DpoLoss{}(other).value);
  CHECK(DpoLoss{}(p).value == Approx(std::log1p(std::exp(-0.7))).epsilon(1e-14)); // margin 2 - (-5) = 7, beta 0.1
}



