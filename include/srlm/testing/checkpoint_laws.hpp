/// The semantic half of Checkpointed for policies, executed. A stepper's is part of stepper_laws.
#pragma once
#include <srlm/concepts/policy.hpp>
#include <srlm/testing/log_prob_laws.hpp>

namespace srlm::testing {

/// file: a path that may be written. change: makes the policy another one, as a training step would.
template <class P, class Change>
requires Checkpointed<P> && LogProbModel<P> std::vector<Violation> checkpoint_laws(P& policy, PolicyCase const& c,
                                                                                   std::filesystem::path const& file,
                                                                                   Change&& change) {
  Findings findings;
  double const before = log_prob(policy, c.prompt, c.response);
  policy.save_checkpoint(file);
  findings.expect_true("save_checkpoint() changes nothing", log_prob(policy, c.prompt, c.response) == before);
  change(policy);
  findings.expect_true("the change that the law was given changes log p(y | x)",
                       log_prob(policy, c.prompt, c.response) != before);
  policy.load_checkpoint(file);
  findings.expect_true("load_checkpoint() brings back what save_checkpoint() wrote, bit for bit",
                       log_prob(policy, c.prompt, c.response) == before);
  bool refused = false;
  try {
    policy.load_checkpoint(file / "not there");
  } catch (std::exception const&) {
    refused = true;
  }
  findings.expect_true("load_checkpoint() throws where there is no checkpoint", refused);
  findings.expect_true("a load_checkpoint() that throws leaves the policy as it was", log_prob(policy, c.prompt, c.response) == before);
  return std::move(findings).take();
}

} // namespace srlm::testing
