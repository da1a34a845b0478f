/// One turn of the loop with the built-in model over every tensor policy, done twice.
#include "one_turn.hpp"
#include "support/catch.hpp"
#include "support/model_backends.hpp"
#include "support/tolerances.hpp"

using namespace srlm;
using turn::one_turn;
using turn::Outcome;

Outcome const& turn::turn_by_eigen() {
  static Outcome const outcome = one_turn(OverEigen::make(2));
  return outcome;
}

#if defined(SRLM_TEST_ONEDNN)
using LoopBackends = decltype(std::tuple_cat(ModelBackends{}, std::tuple<OverOneDnn>{}));
#else
using LoopBackends = ModelBackends;
#endif

TEMPLATE_LIST_TEST_CASE("one turn over the built-in model begins at log 2, learns, and is the same bytes twice", "",
                        LoopBackends) {
  Outcome const once = one_turn(TestType::make(2)), twice = one_turn(TestType::make(2));
  CHECK(once.pairs > 0);
  REQUIRE(once.losses.size() >= 2);
  CHECK(once.losses.front() == Catch::Approx(std::log(2.0)).epsilon(tolerance::zero_margin));
  CHECK(once.losses.back() < once.losses.front());
  CHECK(once.weights == twice.weights);
  CHECK(once.losses == twice.losses);
  CHECK(!once.journal.empty());
  CHECK(once.journal == twice.journal);
}

#if defined(SRLM_TEST_XTENSOR)
TEST_CASE("one turn over either backend samples the same, pairs the same and ends in the same model within rounding") {
  Outcome const &a = turn::turn_by_eigen(), b = one_turn(OverXtensor::make(2));
  CHECK(a.pairs == b.pairs);
  REQUIRE(a.losses.size() == b.losses.size());
  for (std::size_t i = 0; i < a.losses.size(); ++i) {
    CHECK(std::abs(a.losses[i] - b.losses[i]) < tolerance::training_loss);
  }
  CHECK(turn::furthest(a.weights, b.weights) < tolerance::same_weights);
}
#endif
