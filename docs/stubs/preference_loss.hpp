#pragma once
#include <srlm/concepts/explain.hpp>
#include <cmath>

struct MyLoss {
  double beta = 0.1;

  /// The loss of one pair, and its exact derivatives by p.chosen and p.rejected.
  srlm::PairLoss operator()(srlm::PairLogProbs const& p) const {
    double const margin = (p.chosen - p.reference_chosen) - (p.rejected - p.reference_rejected);
    double const miss = beta * margin - 1; // yours: a margin of 1 / beta is aimed at
    return {miss * miss, 2 * beta * miss, -2 * beta * miss};
  }
};
static_assert(srlm::explain_preference_loss<MyLoss>());

/// Instead, for a loss that looks at all pairs of a batch at once; the batch's loss is the mean of the values.
struct MyBatchLoss {
  void operator()(std::span<srlm::PairLogProbs const> pairs, std::span<srlm::PairLoss> out) const {
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      out[i] = MyLoss{}(pairs[i]); // yours
    }
  }
};
static_assert(srlm::explain_preference_loss<MyBatchLoss>());
