#pragma once
#include "policy.hpp"

class MyOptimizer {
 public:
  /// Trains the policy in place on pairs that carry log pi_ref of both answers. A second call begins anew.
  template <srlm::Policy P>
  void fit(P& policy, std::span<srlm::PreferencePair const> pairs, srlm::Seed /*seed*/) {
    for (srlm::PreferencePair const& pair : pairs) { // yours: this one raises the chosen answer, lowers the rejected
      srlm::SequenceView const both[] = {{pair.prompt.tokens, pair.chosen.tokens},
                                         {pair.prompt.tokens, pair.rejected.tokens}};
      float const weight[] = {-1.0f, 1.0f};
      policy.backward(policy.forward(both), weight);
    }
  }
};
static_assert(srlm::explain_preference_optimizer<MyOptimizer, MyPolicy>());
