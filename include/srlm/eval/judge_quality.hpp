/// How good a judge is, measured on responses whose true order is known: the five measures of Table 4 of the paper, and
/// pairwise accuracy three ways, because whole scores tie often and the paper does not say what a tie counts.
#pragma once
#include <srlm/eval/bootstrap.hpp>
#include <srlm/judge/rank_agreement.hpp>
#include <algorithm> // max_element
#include <cmath>     // isfinite
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace srlm {

/// The responses to one prompt: how good they truly are (higher is better; of human ranks, 0 for the best, take the
/// negative) and what the judge says of each, nullopt where it gave no usable verdict.
struct RankedGroup {
  std::vector<double> truth;
  std::vector<Score> scores;
};

namespace detail {

/// The pairs that both have a score and truly differ; ties that count `tie`, or nothing.
inline Ratio pairwise(RankedGroup const& g, std::optional<double> tie) {
  PairCounts const n = count_pairs(g.scores, g.truth);
  double const decided = n.same + n.opposite;
  return {n.same + tie.value_or(0) * n.tied_scores, tie ? decided + n.tied_scores : decided};
}

inline Ratio mean_of(std::optional<double> x) { return x ? Ratio{*x, 1} : Ratio{}; }

} // namespace detail

/// A measure: what one prompt adds to it, as a ratio of sums over prompts.
struct JudgeMeasure {
  std::string_view name, what;
  Ratio (*of)(RankedGroup const& group, float top_score);
};

/// Only responses with a score count; `usable` says how many have one. Correlations are means over the prompts on which
/// they are defined: at least two responses, tied by neither side as a whole.
inline constexpr JudgeMeasure judge_measures[] = {
    {"usable", "share of the responses with a score",
     [](RankedGroup const& g, float) {
       auto const usable = std::count_if(g.scores.begin(), g.scores.end(), [](Score s) { return s.has_value(); });
       return Ratio{static_cast<double>(usable), static_cast<double>(g.scores.size())};
     }},
    {"accuracy_ties_wrong", "share of the truly different pairs that are ordered rightly",
     [](RankedGroup const& g, float) { return detail::pairwise(g, 0.0); }},
    {"accuracy_ties_half", "the same, where a tie of the judge counts one half",
     [](RankedGroup const& g, float) { return detail::pairwise(g, 0.5); }},
    {"accuracy_ties_left_out", "the same over the pairs that the judge orders at all",
     [](RankedGroup const& g, float) { return detail::pairwise(g, std::nullopt); }},
    {"top_is_best", "share of the responses with the top score that are truly the best of their prompt (5-best)",
     [](RankedGroup const& g, float top_score) {
       Ratio r;
       for (std::size_t i = 0; i < g.scores.size(); ++i) {
         if (g.scores[i] && *g.scores[i] >= top_score) {
           r += {g.truth[i] >= *std::max_element(g.truth.begin(), g.truth.end()) ? 1.0 : 0.0, 1};
         }
       }
       return r;
     }},
    {"exact_match", "share of the prompts, with all responses scored, whose order is the true one, ties included",
     [](RankedGroup const& g, float) {
       PairCounts const n = count_pairs(g.scores, g.truth);
       double const size = static_cast<double>(g.scores.size());
       bool const whole = size > 1 && n.all() * 2 == size * (size - 1);
       return whole ? Ratio{n.same + n.tied_both == n.all() ? 1.0 : 0.0, 1} : Ratio{};
     }},
    {"spearman", "mean over prompts of Spearman's rho, with average ranks",
     [](RankedGroup const& g, float) { return detail::mean_of(spearman(g.scores, g.truth)); }},
    {"kendall", "mean over prompts of Kendall's tau-b",
     [](RankedGroup const& g, float) { return detail::mean_of(kendall_tau_b(g.scores, g.truth)); }}};

/// A measure with its interval; nullopt where it is undefined on all prompts. counted: what it was divided by.
struct MeasuredQuality {
  std::string_view name;
  std::optional<Estimate> estimate;
  double counted = 0;
};

/// Throws: Error for no group, for a group whose sizes differ, and for numbers that are not finite.
inline void check_ranked(std::span<RankedGroup const> groups) {
  require(!groups.empty(), "judge quality", "no prompts", "at least one with ranked responses");
  for (std::size_t i = 0; i < groups.size(); ++i) {
    RankedGroup const& g = groups[i];
    std::string const where = "judge quality: prompt " + std::to_string(i + 1);
    if (g.truth.size() != g.scores.size()) {
      throw Error(where,
                  std::to_string(g.truth.size()) + " true values and " + std::to_string(g.scores.size()) + " scores",
                  "as many of one as of the other");
    }
    for (std::size_t j = 0; j < g.truth.size(); ++j) {
      if (!std::isfinite(g.truth[j]) || (g.scores[j] && !std::isfinite(*g.scores[j]))) {
        throw Error(where + ", response " + std::to_string(j + 1), "a number that is not finite",
                    "a finite true value, and a finite score or none");
      }
    }
  }
}

/// One ratio a prompt, for this measure: to be compared between two judges by bootstrap_difference.
inline std::vector<Ratio> measure_each(JudgeMeasure const& measure, std::span<RankedGroup const> groups,
                                       float top_score = 5) {
  std::vector<Ratio> ratios;
  for (RankedGroup const& group : groups) {
    ratios.push_back(measure.of(group, top_score));
  }
  return ratios;
}

/// All measures, in the order of judge_measures. top_score: the highest of the rubric.
/// Throws: as check_ranked.
inline std::vector<MeasuredQuality> judge_quality(std::span<RankedGroup const> groups,
                                                  BootstrapOptions const& options = {}, float top_score = 5) {
  check_ranked(groups);
  std::vector<MeasuredQuality> all;
  for (JudgeMeasure const& measure : judge_measures) {
    std::vector<Ratio> const ratios = measure_each(measure, groups, top_score);
    all.push_back({measure.name, bootstrap_ratio(ratios, options), sum_of(ratios).weight});
  }
  return all;
}

} // namespace srlm
