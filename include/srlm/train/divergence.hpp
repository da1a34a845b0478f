/// How far a policy has moved from another model, measured on answers that the policy wrote.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/error.hpp>
#include <srlm/core/preference.hpp>
#include <span>
#include <vector>

namespace srlm {

/// log p(y | x) of every response that has tokens, in their order.
template <LogProbModel P>
std::vector<float> answer_log_probs(P& policy, std::span<JudgedGroup const> groups) {
  std::vector<SequenceView> views;
  for (JudgedGroup const& group : groups) {
    for (Response const& response : group.responses) {
      if (!response.tokens.empty()) {
        views.push_back({group.prompt.tokens, response.tokens});
      }
    }
  }
  return views.empty() ? std::vector<float>() : policy.log_probs(views);
}

/// The mean over the responses of log p_policy(y | x) - log p_base(y | x), in nats a response: an estimate of
/// KL(policy || base) where the responses were sampled from the policy at temperature 1, and near it else. 0 for no
/// responses. Throws: Error for log-probabilities of other numbers of responses.
inline double divergence(std::span<float const> policy, std::span<float const> base) {
  require(policy.size() == base.size(), "divergence", "two numbers of responses", "the same responses of both models");
  double sum = 0;
  for (std::size_t i = 0; i < policy.size(); ++i) {
    sum += static_cast<double>(policy[i]) - static_cast<double>(base[i]);
  }
  return policy.empty() ? 0 : sum / static_cast<double>(policy.size());
}

/// The same of two models that are in memory together.
template <LogProbModel P, LogProbModel R>
double divergence(P& policy, R& base, std::span<JudgedGroup const> groups) {
  return divergence(answer_log_probs(policy, groups), answer_log_probs(base, groups));
}

} // namespace srlm
