/// The length-controlled win rate (Dubois et al. 2024, arXiv 2404.04475; AlpacaEval 2): what the win rate would be if
/// both answers were equally long.
#pragma once
#include <srlm/eval/head_to_head.hpp>
#include <srlm/optim/logistic_regression.hpp>
#include <algorithm>  // adjacent_find
#include <functional> // not_equal_to

namespace srlm {

/// P(a wins on prompt x) = sigmoid(ability + length * tanh((length_a - length_b) / s) + difficulty * gamma_x), where s
/// is the standard deviation of the lengths' differences and gamma_x how difficult the prompt is.
struct LengthControlled {
  double win_rate; ///< the mean over prompts of that probability without the length's term
  double ability, length, difficulty;
};

/// tanh((length_a - length_b) / s) of the matches that are named, s over the usable ones of them; 0 where all
/// differences are the same.
inline std::vector<double> length_terms(std::span<Match const> matches, std::span<std::size_t const> chosen) {
  std::vector<double> usable, terms;
  for (std::size_t i : chosen) {
    if (matches[i].points) {
      usable.push_back(matches[i].length_a - matches[i].length_b);
    }
  }
  double const n = static_cast<double>(usable.size());
  bool const differ = std::adjacent_find(usable.begin(), usable.end(), std::not_equal_to<>{}) != usable.end();
  double const deviation = differ ? std::sqrt(deviations_of(usable).squares / (n - 1)) : 0; // 0 without rounding
  for (std::size_t i : chosen) {
    terms.push_back(deviation > 0 ? std::tanh((matches[i].length_a - matches[i].length_b) / deviation) : 0);
  }
  return terms;
}

/// The maximum-likelihood fit to the usable matches. difficulty: one gamma a match, or empty, where its term is left
/// out: two models alone do not determine it (prompt_difficulty.hpp takes it from several). AlpacaEval chooses an L1
/// penalty by cross-validation and adds matches against a baseline told to be brief or wordy; here there is a ridge
/// that only keeps the numbers finite. nullopt without usable matches. Throws: as check_matches; Error for another
/// number of difficulties.
inline std::optional<LengthControlled> length_controlled(std::span<Match const> matches,
                                                         std::span<double const> difficulty,
                                                         std::span<std::size_t const> chosen, double ridge = 1e-6) {
  std::vector<double> const length = length_terms(matches, chosen);
  std::vector<LogisticRow> rows;
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    std::size_t const i = chosen[k];
    if (matches[i].points) {
      rows.push_back({{1, length[k], difficulty.empty() ? 0 : difficulty[i]}, static_cast<double>(*matches[i].points)});
    }
  }
  if (rows.empty()) {
    return std::nullopt;
  }
  std::vector<double> const c = logistic_regression(rows, 3, ridge);
  LengthControlled fit{0, c[0], c[1], c[2]};
  for (LogisticRow const& row : rows) {
    fit.win_rate += loss::sigmoid(c[0] + c[2] * row.x[2]) / static_cast<double>(rows.size());
  }
  return fit;
}

/// The same for all matches, and the interval of its win rate.
struct LengthControlledEstimate {
  LengthControlled fit;
  Estimate win_rate;
};

inline std::optional<LengthControlledEstimate> length_controlled(std::span<Match const> matches,
                                                                 std::span<double const> difficulty = {},
                                                                 BootstrapOptions const& options = {}) {
  check_matches(matches);
  if (!difficulty.empty() && difficulty.size() != matches.size()) {
    throw Error("length_controlled",
                std::to_string(matches.size()) + " matches and " + std::to_string(difficulty.size()) + " difficulties",
                "one difficulty a match, or none");
  }
  auto const fit = length_controlled(matches, difficulty, every_prompt(matches.size()));
  auto const estimate = bootstrap(
      matches.size(),
      [&](std::span<std::size_t const> chosen) {
        auto const again = length_controlled(matches, difficulty, chosen);
        return again ? std::optional<double>(again->win_rate) : std::nullopt;
      },
      options);
  return estimate ? std::optional(LengthControlledEstimate{*fit, *estimate}) : std::nullopt;
}

} // namespace srlm
