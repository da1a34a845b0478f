/// Odds ratio preference optimization: likelihood of the chosen answer and a ratio of odds, no reference.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/likelihood.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -mean log p_w - lambda log sigmoid(log odds(w) / odds(l)), odds = p / (1 - p), p = e^(mean log p).
struct OrpoLoss {
  static constexpr std::string_view name = "orpo";
  static constexpr std::string_view source = "Hong et al. 2024, arXiv 2403.07691";
  double lambda = 0.1;
  static constexpr auto parameters =
      std::tuple(parameter("lambda", &OrpoLoss::lambda, at_least(0), "weight of the odds ratio"));

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    double const chosen = certain_at_most(loss::chosen_mean(p)), rejected = certain_at_most(loss::rejected_mean(p));
    double const chosen_miss = -std::expm1(chosen), rejected_miss = -std::expm1(rejected); // 1 - p a token
    double const log_odds = (chosen - rejected) - (std::log(chosen_miss) - std::log(rejected_miss));
    double const slope = -lambda * loss::sigmoid(-log_odds);
    PairLoss const odds{lambda * loss::softplus(-log_odds), slope / chosen_miss / p.chosen_length,
                        -slope / rejected_miss / p.rejected_length};
    return loss::plus(odds, 1, LikelihoodLoss{}(p));
  }

 private:
  /// Probability 1 has infinite odds; a mean log-probability closer to 0 than rounding in float counts as this.
  SRLM_HOST_DEVICE static double certain_at_most(double mean) { return mean < -1e-9 ? mean : -1e-9; }
};
static_assert(PreferenceLoss<OrpoLoss>);

} // namespace srlm
