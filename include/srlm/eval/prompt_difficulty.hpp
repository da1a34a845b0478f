/// How difficult each prompt is, from several models' matches against one baseline on the same prompts, and each
/// model's length-controlled win rate with it (Dubois et al. 2024, arXiv 2404.04475, section 3).
#pragma once
#include <srlm/eval/length_controlled.hpp>

namespace srlm {

namespace detail {

/// The joint fit: coefficients c = (ability, weight of the length) of each model and a difficulty of each prompt.
class DifficultyFit {
 public:
  std::vector<double> c, difficulty;

  DifficultyFit(std::span<std::vector<Match> const> matches, double ridge)
      : c(2 * matches.size()), difficulty(matches.front().size()), matches_(matches), ridge_(ridge) {
    for (std::vector<Match> const& model : matches) {
      length_.push_back(length_terms(model, every_prompt(model.size())));
    }
  }

  /// The logarithm of the likelihood, and both ridges' terms.
  double objective() const {
    double sum = -ridge_of_models / 2 * logit_of(c, c) - ridge_ / 2 * logit_of(difficulty, difficulty);
    for_each_match([&](std::size_t m, std::size_t x, double y) {
      double const z = logit(m, x);
      sum -= y * loss::softplus(-z) + (1 - y) * loss::softplus(z);
    });
    return sum;
  }

  /// One of Newton's steps, halved until the objective rises. Difficulties meet in no match, so they are eliminated one
  /// by one and a system of the models' coefficients alone is left. Returns the largest change.
  double step() {
    std::size_t const n = c.size(), prompts = difficulty.size();
    std::vector<std::vector<double>> curvature(n, std::vector<double>(n)), cross(prompts, std::vector<double>(n));
    std::vector<double> slope(n), slope_of(prompts), curvature_of(prompts, ridge_);
    for (std::size_t j = 0; j < n; ++j) {
      slope[j] = -ridge_of_models * c[j];
      curvature[j][j] = ridge_of_models;
    }
    for (std::size_t x = 0; x < prompts; ++x) {
      slope_of[x] = -ridge_ * difficulty[x];
    }
    for_each_match([&](std::size_t m, std::size_t x, double y) {
      double const p = loss::sigmoid(logit(m, x)), bend = p * (1 - p), feature[2] = {1, length_[m][x]};
      slope_of[x] += y - p;
      curvature_of[x] += bend;
      for (std::size_t j : {0u, 1u}) {
        slope[2 * m + j] += (y - p) * feature[j];
        cross[x][2 * m + j] = bend * feature[j];
        for (std::size_t k : {0u, 1u}) {
          curvature[2 * m + j][2 * m + k] += bend * feature[j] * feature[k];
        }
      }
    });
    for (std::size_t x = 0; x < prompts; ++x) {
      for (std::size_t j = 0; j < n; ++j) {
        double const share = cross[x][j] / curvature_of[x];
        slope[j] -= share * slope_of[x];
        for (std::size_t k = 0; k < n && share != 0; ++k) {
          curvature[j][k] -= share * cross[x][k];
        }
      }
    }
    std::vector<double> const step_c = solve(std::move(curvature), std::move(slope)), from_c = c, from = difficulty;
    double const before = objective();
    for (double part = 1; part > 1e-12; part /= 2) {
      double size = 0;
      for (std::size_t j = 0; j < n; ++j) {
        c[j] = from_c[j] + part * step_c[j];
        size = std::max(size, std::abs(part * step_c[j]));
      }
      for (std::size_t x = 0; x < prompts; ++x) {
        double const step_x = (slope_of[x] - logit_of(cross[x], step_c)) / curvature_of[x];
        difficulty[x] = from[x] + part * step_x;
        size = std::max(size, std::abs(part * step_x));
      }
      if (objective() >= before) {
        return size;
      }
    }
    c = from_c;
    difficulty = from;
    return 0;
  }

 private:
  static double constexpr ridge_of_models = 1e-6; // keeps them finite

  double logit(std::size_t m, std::size_t x) const { return c[2 * m] + c[2 * m + 1] * length_[m][x] + difficulty[x]; }

  template <class F>
  void for_each_match(F&& f) const {
    for (std::size_t m = 0; m < matches_.size(); ++m) {
      for (std::size_t x = 0; x < difficulty.size(); ++x) {
        if (Score const points = matches_[m][x].points) {
          f(m, x, static_cast<double>(*points));
        }
      }
    }
  }

  std::span<std::vector<Match> const> matches_;
  double ridge_;
  std::vector<std::vector<double>> length_;
};

} // namespace detail

/// gamma_x of every prompt, with mean 0: the joint fit of
/// P(m wins on x) = sigmoid(ability_m + length_m * tanh((length_m - length_baseline) / s_m) + gamma_x)
/// to all usable matches. ridge: of the difficulties, times half the sum of their squares; 1 takes them for standard
/// normal numbers, which decides where few models tell little of a prompt. matches[m][x]: of model m against the
/// baseline on prompt x; a prompt that no model played on has 0, up to rounding.
/// Throws: Error for no models, other numbers of prompts and a ridge that is not above 0; as check_matches.
inline std::vector<double> prompt_difficulties(std::span<std::vector<Match> const> matches, double ridge = 1) {
  require(!matches.empty(), "prompt_difficulties", "no models", "at least one");
  require(ridge > 0 && std::isfinite(ridge), "prompt_difficulties", "a ridge of 0 or below", "a number above 0");
  for (std::vector<Match> const& model : matches) {
    if (model.size() != matches.front().size()) {
      throw Error(
          "prompt_difficulties",
          "models with " + std::to_string(matches.front().size()) + " and " + std::to_string(model.size()) + " prompts",
          "the same prompts for all models");
    }
    check_matches(model);
  }
  detail::DifficultyFit fit(matches, ridge);
  for (int round = 0; round < 200 && fit.step() > 1e-10; ++round) {
  }
  double const mean = deviations_of(fit.difficulty).mean; // the abilities take it up
  for (double& difficulty : fit.difficulty) {
    difficulty -= mean;
  }
  return fit.difficulty;
}

/// Every model's rate against the baseline, and the difficulties that they were taken with.
struct JointlyLengthControlled {
  std::vector<double> difficulty;
  std::vector<std::optional<LengthControlledEstimate>> models; ///< nullopt for one without usable matches
};

/// The difficulties from all models, then each model by itself with them, as AlpacaEval 2 does. The intervals take the
/// difficulties as known. Throws: as prompt_difficulties.
inline JointlyLengthControlled jointly_length_controlled(std::span<std::vector<Match> const> matches,
                                                         BootstrapOptions const& options = {}, double ridge = 1) {
  JointlyLengthControlled fit{prompt_difficulties(matches, ridge), {}};
  for (std::vector<Match> const& model : matches) {
    fit.models.push_back(length_controlled(model, fit.difficulty, options));
  }
  return fit;
}

} // namespace srlm
