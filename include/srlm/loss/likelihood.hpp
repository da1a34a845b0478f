/// The likelihood of the chosen answer, which keeps it from falling: supervised fine-tuning as a term of a sum.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/loss/log_ratios.hpp>
#include <srlm/loss/logistic.hpp>

namespace srlm {

/// -log p(y_w | x) a token. The rejected answer does not enter.
struct LikelihoodLoss {
  static constexpr std::string_view name = "likelihood";
  static constexpr std::string_view source = "Pang et al. 2024, arXiv 2404.19733, second term";

  static constexpr auto parameters = std::tuple();

  SRLM_HOST_DEVICE PairLoss operator()(PairLogProbs const& p) const {
    return {-loss::chosen_mean(p), -1 / p.chosen_length, 0};
  }
};
static_assert(PreferenceLoss<LikelihoodLoss>);

} // namespace srlm
