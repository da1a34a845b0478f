/// What the paper says, as differences between two models, and whether the seeds show it.
#pragma once
#include "results.hpp"
#include <srlm/eval/paired_tests.hpp>

namespace miniature {

struct Side {
  std::string_view arm, model;
};

/// more: the second side has more of the measure. not_less, not_more: up to `tolerance`. twice: at least twice as much.
enum class Expected { more, not_less, not_more, twice };

struct Claim {
  std::string_view text, measure;
  Side first, second;
  Expected expected = Expected::more;
  double tolerance = 0;
};

inline constexpr double equal_quality = 0.05, equal_accuracy = 0.02;

/// Written down before the reported seeds were run.
inline constexpr Claim claims[] = {
    {"answers: M2 better than M1", "quality", {"self_rewarding", "M1"}, {"self_rewarding", "M2"}},
    {"answers: M3 at least as good as M2",
     "quality",
     {"self_rewarding", "M2"},
     {"self_rewarding", "M3"},
     Expected::not_less,
     equal_quality},
    {"answers: M3 better than M1", "quality", {"self_rewarding", "M1"}, {"self_rewarding", "M3"}},
    {"judge: M1 better than the SFT baseline", "judge_accuracy", {"start", "SFT"}, {"start", "M1"}},
    {"judge: M2 at least as good as M1",
     "judge_accuracy",
     {"self_rewarding", "M1"},
     {"self_rewarding", "M2"},
     Expected::not_less,
     equal_accuracy},
    {"judge: M3 at least as good as M2",
     "judge_accuracy",
     {"self_rewarding", "M2"},
     {"self_rewarding", "M3"},
     Expected::not_less,
     equal_accuracy},
    {"EFT: answers of M1 as good as those of the SFT baseline",
     "quality",
     {"start", "SFT"},
     {"start", "M1"},
     Expected::not_less,
     equal_quality},
    {"EFT doubles right minus wrong pairs",
     "right_minus_wrong_pairs",
     {"no_eft", "M2"},
     {"self_rewarding", "M2"},
     Expected::twice},
    {"EFT: M3 better with it than without", "quality", {"no_eft", "M3"}, {"self_rewarding", "M3"}},
    {"pairs better than positive examples (M3)", "quality", {"positive_only", "M3"}, {"self_rewarding", "M3"}},
    {"a random judge gives no gain (M3)",
     "quality",
     {"random", "M1"},
     {"random", "M3"},
     Expected::not_more,
     equal_quality},
    {"swapped pairs give no gain (M3)",
     "quality",
     {"swapped", "M1"},
     {"swapped", "M3"},
     Expected::not_more,
     equal_quality},
    {"a judge of length gives no gain (M3)",
     "quality",
     {"length_only", "M1"},
     {"length_only", "M3"},
     Expected::not_more,
     equal_quality},
    {"a constant judge gives no gain (M3)",
     "quality",
     {"constant", "M1"},
     {"constant", "M3"},
     Expected::not_more,
     equal_quality},
    {"self-rewarding better than a random judge (M3)", "quality", {"random", "M3"}, {"self_rewarding", "M3"}},
    {"an oracle judge at least as good as self-rewarding (M3)",
     "quality",
     {"self_rewarding", "M3"},
     {"oracle", "M3"},
     Expected::not_less,
     equal_quality},
    {"answers grow longer without length control", "length", {"self_rewarding", "M1"}, {"self_rewarding", "M3"}},
    {"and less with the rho band", "length", {"rho_band", "M3"}, {"self_rewarding", "M3"}},
};

enum class Outcome { shown, not_shown, contradicted };

constexpr std::string_view name_of(Outcome outcome) {
  return outcome == Outcome::shown ? "shown" : outcome == Outcome::contradicted ? "**contradicted**" : "**not shown**";
}

/// A claim over the seeds that have both sides: second minus first (of `twice`: second minus twice the first).
struct Finding {
  std::vector<double> first, second;        ///< one a seed
  std::optional<srlm::Estimate> difference; ///< Student's interval over seeds
  std::optional<double> p;                  ///< paired t-test over seeds
  std::size_t as_expected = 0;              ///< seeds whose difference has the sign that is claimed
  std::size_t by_prompts = 0;               ///< of these, by Wilcoxon's test over the seed's own instructions, p < 0.05
  std::size_t tested = 0;                   ///< seeds with values for single instructions
  Outcome outcome = Outcome::not_shown;
};

namespace detail {

inline Measurement const* find(Measurements const& all, std::uint64_t seed, Side const& side) {
  auto const found = all.find({seed, std::string(side.arm), std::string(side.model)});
  return found == all.end() ? nullptr : &found->second;
}

/// Whether the interval lies above 0; tolerance: how far below it may reach.
inline Outcome judge_interval(double low, double high, double tolerance) {
  return low > -tolerance ? Outcome::shown : high < -tolerance ? Outcome::contradicted : Outcome::not_shown;
}

/// Instructions where both have a value.
inline std::optional<double> test_prompts(Measurement const& a, Measurement const& b, std::string const& measure,
                                          double& mean) {
  auto const x = a.each.find(measure), y = b.each.find(measure);
  if (x == a.each.end() || y == b.each.end()) {
    return std::nullopt;
  }
  std::vector<double> first, second;
  for (std::size_t i = 0; i < std::min(x->second.size(), y->second.size()); ++i) {
    auto const u = x->second[i].value(), v = y->second[i].value();
    if (u && v) {
      first.push_back(*u);
      second.push_back(*v);
    }
  }
  mean = srlm::deviations_of(srlm::differences(first, second)).mean;
  return srlm::wilcoxon_test(first, second).value_or(1);
}

} // namespace detail

inline Finding examine(Claim const& claim, Measurements const& all, std::span<std::uint64_t const> seeds) {
  Finding f;
  double const sign = claim.expected == Expected::not_more ? -1 : 1;
  std::vector<double> compared; // what the second side is compared with
  for (std::uint64_t seed : seeds) {
    Measurement const* const a = detail::find(all, seed, claim.first);
    Measurement const* const b = detail::find(all, seed, claim.second);
    std::string const measure(claim.measure);
    if (a == nullptr || b == nullptr || !a->values.contains(measure) || !b->values.contains(measure)) {
      continue;
    }
    f.first.push_back(a->values.at(measure));
    f.second.push_back(b->values.at(measure));
    compared.push_back((claim.expected == Expected::twice ? 2 : 1) * f.first.back());
    f.as_expected += sign * (f.second.back() - compared.back()) > 0 ? 1 : 0;
    double mean = 0;
    if (auto const p = detail::test_prompts(*a, *b, measure, mean)) {
      ++f.tested;
      f.by_prompts += *p < 0.05 && sign * mean > 0 ? 1 : 0;
    }
  }
  f.difference = srlm::mean_interval(srlm::differences(compared, f.second));
  if (f.difference) {
    f.p = srlm::paired_t_test(compared, f.second);
    f.outcome = sign > 0 ? detail::judge_interval(f.difference->low, f.difference->high, claim.tolerance)
                         : detail::judge_interval(-f.difference->high, -f.difference->low, claim.tolerance);
  }
  return f;
}

/// The directions that a single seed shows, for a quick look: answers and judge improve, a worse reward makes worse
/// models. The names of those that fail are told.
inline bool directions_hold(Measurements const& all) {
  struct Direction {
    std::string_view text, measure;
    Side less, more;
  };
  constexpr Direction directions[] = {
      {"M3 answers better than M1", "quality", {"self_rewarding", "M1"}, {"self_rewarding", "M3"}},
      {"M1 judges better than the SFT baseline", "judge_accuracy", {"start", "SFT"}, {"start", "M1"}},
      {"an oracle judge helps", "quality", {"oracle", "M1"}, {"oracle", "M3"}},
      {"swapped pairs harm", "quality", {"swapped", "M3"}, {"swapped", "M1"}},
      {"self-rewarding is better than a random judge", "quality", {"random", "M3"}, {"self_rewarding", "M3"}},
  };
  bool hold = true;
  for (auto const& [key, measurement] : all) {
    std::uint64_t const seed = std::get<0>(key);
    if (std::get<1>(key) != "start" || std::get<2>(key) != "M1") {
      continue;
    }
    for (Direction const& d : directions) {
      Measurement const* const less = detail::find(all, seed, d.less);
      Measurement const* const more = detail::find(all, seed, d.more);
      std::string const measure(d.measure);
      bool const holds = less != nullptr && more != nullptr && less->values.at(measure) < more->values.at(measure);
      std::printf("seed %llu: %s: %s\n", static_cast<unsigned long long>(seed), std::string(d.text).c_str(),
                  holds                                ? "yes"
                  : less == nullptr || more == nullptr ? "not run"
                                                       : "no");
      hold = hold && holds;
    }
  }
  return hold;
}

} // namespace miniature
