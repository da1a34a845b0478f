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

TEST_CASE("DPO has the golden value and derivatives of algorithm.md's vector") {
  PairLoss const l = DpoLoss{0.1}({-40, -55, -42, -50});
  CHECK(l.value == Approx(0.4031860488854579).epsilon(1e-12));
  CHECK(l.d_chosen == Approx(-0.03318122278318339).epsilon(1e-12));
  CHECK(l.d_rejected == Approx(0.03318122278318339).epsilon(1e-12));
}

TEST_CASE("DPO agrees with every golden row to 1e-6 relative") {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/golden/losses.json";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no golden/losses.json");
    return;
  }
  auto const golden = io::read_json_file(path);
  DpoLoss const loss{golden.at("parameters").at("dpo").at("beta").get<double>()};
  for (auto const& row : golden.at("rows")) {
    auto const at = [&](char const* name) { return row.at(name).get<double>(); };
    PairLoss const l = loss({at("chosen"), at("rejected"), at("reference_chosen"), at("reference_rejected")});
    auto const& expected = row.at("losses").at("dpo");
    CHECK(l.value == Approx(expected.at("value").get<double>()).epsilon(1e-6));
    CHECK(l.d_chosen == Approx(expected.at("d_chosen").get<double>()).epsilon(1e-6));
    CHECK(l.d_rejected == Approx(expected.at("d_rejected").get<double>()).epsilon(1e-6));
  }
}

TEST_CASE("DPO keeps the laws of losses, and a loss with a wrong derivative does not") {
  std::vector<PairLogProbs> points;
  for (std::uint64_t i = 0; i < 50; ++i) {
    auto const draw = [&](std::uint64_t k) { return -100 * Seed{i}.uniform(k); };
    points.push_back({draw(0), draw(1), draw(2), draw(3)});
  }
  CHECK(testing::loss_laws(DpoLoss{}, points).empty());
  struct Wrong {
    PairLoss operator()(PairLogProbs const& p) const {
      PairLoss l = DpoLoss{}(p);
      l.d_rejected = 0;
      return l;
    }
  };
  CHECK_FALSE(testing::loss_laws(Wrong{}, points).empty());
}
