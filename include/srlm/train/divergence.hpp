/// How far a policy has moved from another model, measured on answers that the policy wrote.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/preference.hpp>
#include <span>
#include <vector>

namespace srlm {

/// The mean over the responses of log p_policy(y | x) - log p_base(y | x), in nats a response: an estimate of
/// KL(policy || base) where the responses were sampled from the policy at temperature 1, and near it else. 0 for no
/// responses.
template <LogProbModel P, LogProbModel R>
double divergence(P& policy, R& base, std::span<JudgedGroup const> groups) {
  std::vector<SequenceView> views;
  for (JudgedGroup const& group : groups) {
    for (Response const& response : group.responses) {
      if (!response.tokens.empty()) {
        views.push_back({group.prompt.tokens, response.tokens});
      }
    }
  }
  if (views.empty()) {
    return 0;
  }
  std::vector<float> const own = policy.log_probs(views), other = base.log_probs(views);
  double sum = 0;
  for (std::size_t i = 0; i < views.size(); ++i) {
    sum += static_cast<double>(own[i]) - static_cast<double>(other[i]);
  }
  return sum / static_cast<double>(views.size());
}

} // namespace srlm
