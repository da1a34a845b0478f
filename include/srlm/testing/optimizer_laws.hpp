/// The semantic half of PreferenceOptimizer, executed.
#pragma once
#include <srlm/concepts/preference_optimizer.hpp>
#include <srlm/testing/log_prob_laws.hpp>

namespace srlm::testing {

/// make: gives a new policy, each time the same. prompt, chosen, rejected: one pair to learn.
template <class Make, class O>
requires PreferenceOptimizer<O, std::invoke_result_t<Make&>> std::vector<Violation> preference_optimizer_laws(
    O& optimize, Make&& make, Prompt const& prompt, Response const& chosen, Response const& rejected) {
  Findings findings;
  auto const margin = [&](auto& policy) {
    return log_prob(policy, prompt.tokens, chosen.tokens) - log_prob(policy, prompt.tokens, rejected.tokens);
  };
  auto policy = make(), again = make();
  double const before = margin(policy);
  PreferencePair pair{prompt, chosen, rejected};
  pair.reference_chosen = static_cast<float>(log_prob(policy, prompt.tokens, chosen.tokens));
  pair.reference_rejected = static_cast<float>(log_prob(policy, prompt.tokens, rejected.tokens));
  std::vector<PreferencePair> const pairs(2, pair);
  optimize.fit(policy, pairs, Seed{1});
  findings.expect_true("fit() makes the chosen response gain on the rejected one", margin(policy) > before);
  optimize.fit(again, pairs, Seed{1});
  findings.expect_true("fit() is a function of (policy, pairs, seed): a second call begins anew",
                       margin(again) == margin(policy));
  return std::move(findings).take();
}

} // namespace srlm::testing
