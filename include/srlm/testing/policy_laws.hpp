/// The semantic half of Policy, executed. An empty result: your model keeps every law that the loop relies on.
#pragma once
#include <srlm/concepts/policy.hpp>
#include <srlm/testing/generator_laws.hpp>
#include <srlm/testing/log_prob_laws.hpp>

namespace srlm::testing {

/// Values, gradients (where parameters() gives {value, gradient} spans of host memory) and generation.
template <Policy P>
std::vector<Violation> policy_laws(P& policy, PolicyCase const& c) {
  std::vector<Violation> violations = log_prob_laws(policy, c);
  auto const add = [&](std::vector<Violation> more) { violations.insert(violations.end(), more.begin(), more.end()); };
  add(gradient_laws(policy, c));
  add(generator_laws(policy, c.prompt, c.response));

  Findings findings(c.tolerance);
  GenerationRequest const greedy{c.prompt, Seed{1}};
  std::vector<Tokens> const written = policy.generate(std::span(&greedy, 1), {0.0f, 1.0f, 1});
  if (written.size() == 1 && written.front().size() == 1) { // else the generator's laws say so
    double best = -HUGE_VAL;
    for (Token v = 0; v < c.vocabulary; ++v) {
      best = std::max(best, log_prob(policy, c.prompt, std::span(&v, 1)));
    }
    findings.expect("temperature 0 writes the token that log_probs() finds most likely",
                    best - log_prob(policy, c.prompt, written.front()));
  }
  add(std::move(findings).take());
  return violations;
}

} // namespace srlm::testing
