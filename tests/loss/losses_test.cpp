// Every loss of the list: golden values, the laws, its ranges, and what is known of it at special points.
#include "support/catch.hpp"
#include <srlm/core/seed.hpp>
#include <srlm/io/json.hpp>
#include <srlm/loss/losses.hpp>
#include <srlm/testing/loss_laws.hpp>
#include <filesystem>
#include <set>

using namespace srlm;
using Catch::Approx;

namespace {

std::vector<PairLogProbs> random_pairs(std::size_t n) {
  std::vector<PairLogProbs> pairs;
  for (std::size_t i = 0; i < n; ++i) {
    auto const draw = [&](std::uint64_t k) { return -1 - 60 * Seed{i + 1}.uniform(k); };
    auto const length = [&](std::uint64_t k) { return static_cast<double>(5 + Seed{i + 1}.below(40, k)); };
    pairs.push_back({draw(0), draw(1), draw(2), draw(3), length(4), length(5), Seed{i + 1}.uniform(6)});
  }
  return pairs;
}

template <class L>
std::vector<PairLoss> losses_of(L const& loss, std::vector<PairLogProbs> const& pairs) {
  std::vector<PairLoss> out(pairs.size());
  pair_losses(loss, pairs, std::span(out));
  return out;
}

PairLogProbs const vector_of_the_notes{-40, -55, -42, -50, 20, 25}; // margin 7

/// Sets the parameters that a JSON object names.
template <class L>
L with_parameters(io::Json const& values) {
  L loss;
  for_each_parameter<L>([&](auto const& parameter) {
    if (values.contains(std::string(parameter.name))) {
      loss.*(parameter.member) = values.at(std::string(parameter.name)).template get<double>();
    }
  });
  return loss;
}

/// Every golden row of every loss that the file has values for; how many losses that were.
std::size_t check_golden(io::Json const& golden) {
  std::size_t found = 0;
  for_each_type(Losses{}, [&]<class L>(std::type_identity<L>) {
    std::string const name(L::name);
    if constexpr (PreferenceLoss<L>) {
      if (!golden.at("parameters").contains(name)) {
        return;
      }
      ++found;
      INFO(name);
      L const loss = with_parameters<L>(golden.at("parameters").at(name));
      for (auto const& row : golden.at("rows")) {
        auto const at = [&](char const* key) { return row.at(key).get<double>(); };
        PairLoss const l = loss(PairLogProbs{at("chosen"), at("rejected"), at("reference_chosen"),
                                             at("reference_rejected"), at("chosen_length"), at("rejected_length")});
        auto const& expected = row.at("losses").at(name);
        auto const is = [&](double given, char const* key) {
          double const value = expected.at(key).get<double>();
          CHECK(std::abs(given - value) <= 1e-9 * std::abs(value) + 1e-20);
        };
        is(l.value, "value");
        is(l.d_chosen, "d_chosen");
        is(l.d_rejected, "d_rejected");
      }
    }
  });
  return found;
}

} // namespace

TEST_CASE("every loss keeps the laws") {
  auto const pairs = random_pairs(24);
  for_each_type(Losses{}, [&]<class L>(std::type_identity<L>) {
    INFO(L::name);
    for (testing::Violation const& broken : testing::loss_laws(L{}, pairs)) {
      INFO(broken.law << ", error " << broken.error);
      CHECK(false);
    }
  });
}

TEST_CASE("losses have different names, and every parameter a range that holds its default and not NaN") {
  std::set<std::string_view> names;
  for_each_type(Losses{}, [&]<class L>(std::type_identity<L>) {
    INFO(L::name);
    CHECK(names.insert(L::name).second);
    CHECK(!L::source.empty());
    CHECK_NOTHROW(check_parameters(L{}));
    for_each_parameter<L>([&](auto const& parameter) {
      CHECK(parameter.range.contains(L{}.*(parameter.member)));
      L broken;
      broken.*(parameter.member) = std::nan("");
      CHECK_THROWS_WITH(check_parameters(broken), Catch::Matchers::ContainsSubstring(std::string(parameter.name)));
    });
  });
  CHECK(names.size() == Losses::size);
}

TEST_CASE("a parameter out of its range is refused with its name, its value and the range") {
  CHECK_THROWS_WITH(check_parameters(DpoLoss{0}), "dpo: beta: got 0, expected a number above 0");
  CHECK_THROWS_WITH(check_parameters(DpoLoss{-1}), Catch::Matchers::ContainsSubstring("got -1"));
  CHECK_THROWS_WITH(check_parameters(RobustDpoLoss{0.1, 0.5}),
                    "robust_dpo: epsilon: got 0.5, expected a number at least 0 and below 0.5");
  CHECK_THROWS(check_parameters(ConservativeDpoLoss{0.1, 0.5}));
  CHECK_THROWS(check_parameters(ExoPairLoss{0.1, 0}));
  CHECK_THROWS(check_parameters(LdDpoLoss{0.1, 1.5}));
  CHECK_NOTHROW(check_parameters(LdDpoLoss{0.1, 1}));
}

TEST_CASE("every loss that has golden rows agrees with all of them") {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/golden/losses.json";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: no golden/losses.json");
    return;
  }
  auto const golden = io::read_json_file(path);
  CHECK(check_golden(golden) == golden.at("parameters").size());
}

TEST_CASE("every loss agrees with the golden row that is kept here") {
  auto const golden = io::read_json_file(std::string(SRLM_TEST_DATA_DIR) + "/fixtures/losses.json");
  CHECK(check_golden(golden) == golden.at("parameters").size());
}

TEST_CASE("losses that generalise DPO are DPO where their extra part is off") {
  for (PairLogProbs const& p : random_pairs(20)) {
    double const dpo = DpoLoss{}(p).value;
    CHECK(ConservativeDpoLoss{0.1, 0}(p).value == Approx(dpo).epsilon(1e-14));
    CHECK(RobustDpoLoss{0.1, 0}(p).value == Approx(dpo).epsilon(1e-14));
    CHECK(RpoLoss{0.1, 0}(p).value == Approx(dpo).epsilon(1e-14));
    CHECK(DpopLoss{0.1, 0}(p).value == Approx(dpo).epsilon(1e-14));
    CHECK(LdDpoLoss{0.1, 0.3}(p).value == dpo); // what it changes are the log-probabilities
    CHECK(SpinLoss{}(p).value == dpo);
    PairLogProbs sure = p;
    sure.consistency = 1;
    CHECK(CreamLoss{}(sure).value == Approx(dpo).epsilon(1e-14));
  }
}

TEST_CASE("a label as likely wrong as right teaches nothing from a fresh reference") {
  PairLogProbs const fresh{-40, -55, -40, -55, 20, 25};
  CHECK(CreamLoss{0.1, 0.5}(fresh).d_chosen == Approx(0).margin(1e-15));
  CHECK(ConservativeDpoLoss{0.1, 0.5}(fresh).d_chosen == Approx(0).margin(1e-15));
  CHECK(CreamLoss{0.1, 0.3}(fresh).d_chosen > 0); // the label is turned round
}

TEST_CASE("CREAM has the value of its notes, and its two consistencies multiply") {
  CHECK(CreamLoss{0.1, 0.8}(vector_of_the_notes).value == Approx(0.543186).epsilon(1e-5));
  PairLogProbs p = vector_of_the_notes;
  p.consistency = 0.8;
  CHECK(CreamLoss{0.1, 1}(p).value == CreamLoss{0.1, 0.8}(vector_of_the_notes).value);
}

TEST_CASE("IPO is least where the margin is 1 / (2 beta)") {
  PairLogProbs const at_target{-40, -55, -42, -52, 20, 25}; // margin 5
  CHECK(IpoSumLoss{}(at_target).value == Approx(0).margin(1e-12));
  CHECK(IpoSumLoss{}(at_target).d_chosen == Approx(0).margin(1e-12));
}

TEST_CASE("exchanging chosen and rejected turns the margin round") {
  for (PairLogProbs const& p : random_pairs(10)) {
    PairLogProbs const swapped{p.rejected,         p.chosen,          p.reference_rejected,
                               p.reference_chosen, p.rejected_length, p.chosen_length};
    CHECK(DpoLoss{}(p).value - DpoLoss{}(swapped).value ==
          Approx(-0.1 * loss::margin(p)).epsilon(1e-12)); // softplus(-x) - softplus(x) = -x
  }
}

TEST_CASE("a certain answer gives ORPO finite derivatives") {
  PairLoss const l = OrpoLoss{}({0, -10, 0, 0, 5, 5});
  CHECK(std::isfinite(l.value));
  CHECK(std::isfinite(l.d_chosen));
  CHECK(l.d_chosen < 0);
}

TEST_CASE("KTO's reference point is the batch's mean log-ratio, never below zero, and is a constant") {
  auto const pairs = random_pairs(9);
  double sum = 0;
  for (PairLogProbs const& p : pairs) {
    sum += (p.chosen - p.reference_chosen) + (p.rejected - p.reference_rejected);
  }
  double const z0 = std::max(0.0, sum / 18);
  CHECK(KtoLoss::reference_point(pairs) == Approx(z0).epsilon(1e-12));
  KtoLoss const loss{0.2, 1.5, 0.5};
  auto const out = losses_of(loss, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    PairLoss const w = KtoDesirableLoss{0.2, z0}(pairs[i]), l = KtoUndesirableLoss{0.2, z0}(pairs[i]);
    CHECK(out[i].value == Approx(1.5 * w.value + 0.5 * l.value).epsilon(1e-12));
    CHECK(out[i].d_chosen == Approx(1.5 * w.d_chosen).epsilon(1e-12));
    CHECK(out[i].d_rejected == Approx(0.5 * l.d_rejected).epsilon(1e-12));
  }
  CHECK(KtoLoss::reference_point(std::vector<PairLogProbs>{{-9, -9, -1, -1}}) == 0);
}

TEST_CASE("AOT pairs the i-th smallest policy gap with the i-th smallest reference gap") {
  std::vector<PairLogProbs> const pairs = {{-1, -5, -3, -3}, {-2, -2, -1, -9}, {-7, -1, -2, -6}}; // gaps 4, 0, -6
  auto const out = losses_of(AotLoss{0.1}, pairs);                                                // reference 0, 8, 4
  auto const expected = [](double policy, double reference) {
    return std::log1p(std::exp(-0.1 * (policy - reference)));
  };
  CHECK(out[0].value == Approx(expected(4, 8)).epsilon(1e-12));
  CHECK(out[1].value == Approx(expected(0, 4)).epsilon(1e-12));
  CHECK(out[2].value == Approx(expected(-6, 0)).epsilon(1e-12));
  CHECK(losses_of(AotLoss{0.1}, {pairs[0]})[0].value == DpoLoss{0.1}(pairs[0]).value); // alone it is DPO
}

TEST_CASE("WPO weighs a pair by how likely both answers are, and the weight is a constant") {
  PairLogProbs const p = vector_of_the_notes;
  double const weight = std::exp(-40.0 / 20 - 55.0 / 25);
  CHECK(WpoLoss{}(p).value == Approx(weight * DpoLoss{}(p).value).epsilon(1e-14));
  CHECK(WpoLoss{}(p).d_chosen == Approx(weight * DpoLoss{}(p).d_chosen).epsilon(1e-14));
}

TEST_CASE("a weighted sum is the sum of its terms, over pairs and over batches") {
  auto const pairs = random_pairs(7);
  WeightedSum const rpo(Weighted(1, DpoLoss{}), Weighted(0.2, LikelihoodLoss{}));
  static_assert(PreferenceLoss<WeightedSum<DpoLoss, LikelihoodLoss>> && !PreferenceLoss<WeightedSum<DpoLoss, AotLoss>>);
  CHECK(!needs_whole_batch(rpo));
  for (PairLogProbs const& p : pairs) {
    CHECK(rpo(p).value == Approx(RpoLoss{0.1, 0.2}(p).value).epsilon(1e-14));
    CHECK(rpo(p).d_chosen == Approx(RpoLoss{0.1, 0.2}(p).d_chosen).epsilon(1e-14));
  }
  WeightedSum const mixed(Weighted(0.5, AotLoss{}), Weighted(2, HingeLoss{}));
  CHECK(needs_whole_batch(mixed));
  CHECK(testing::loss_laws(mixed, pairs).empty());
  auto const aot = losses_of(AotLoss{}, pairs), sum = losses_of(mixed, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    CHECK(sum[i].value == Approx(0.5 * aot[i].value + 2 * HingeLoss{}(pairs[i]).value).epsilon(1e-12));
  }
}

namespace {

/// A user's own loss: nothing of the library changes for it.
struct SquaredMargin {
  PairLoss operator()(PairLogProbs const& p) const {
    double const miss = (p.chosen - p.rejected) - 1;
    return {miss * miss, 2 * miss, -2 * miss};
  }
};

} // namespace

TEST_CASE("a loss of ten lines keeps the laws and enters sums, and one with a wrong derivative is found out") {
  auto const pairs = random_pairs(7);
  CHECK(testing::loss_laws(SquaredMargin{}, pairs).empty());
  CHECK(losses_of(WeightedSum(Weighted(1, SquaredMargin{}), Weighted(1, DpoLoss{})), pairs).size() == 7);
  struct Wrong {
    PairLoss operator()(PairLogProbs const& p) const {
      PairLoss l = SquaredMargin{}(p);
      l.d_rejected = 0;
      return l;
    }
  };
  CHECK_FALSE(testing::loss_laws(Wrong{}, pairs).empty());
  struct FirstOnly { // depends on the place in the batch
    void operator()(std::span<PairLogProbs const> p, std::span<PairLoss> out) const {
      for (std::size_t i = 0; i < p.size(); ++i) {
        out[i] = i == 0 ? DpoLoss{}(p[i]) : PairLoss{0, 0, 0};
      }
    }
  };
  CHECK_FALSE(testing::loss_laws(FirstOnly{}, pairs).empty());
}
