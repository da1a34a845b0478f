/// The reward that a model trained by DPO carries in itself: how much likelier it finds an answer than its reference
/// does. DICE uses it as the judge, with a price on length; CREAM asks whether it ranks answers as the judge does.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/parameter.hpp>
#include <cmath> // abs
#include <string_view>
#include <vector>

namespace srlm {

/// In place of a reference model: the reward is the policy's own likelihood, as CREAM takes it for the first model.
struct NoReference {};

/// beta (log p(y | x) - log p_ref(y | x)) - length_penalty |y| for each response, |y| in bytes of text.
struct ImplicitRewardOptions {
  double beta = 0.1, length_penalty = 0;
};

template <LogProbModel P, class R>
std::vector<double> implicit_rewards(P& policy, R& reference, JudgedGroup const& group,
                                     ImplicitRewardOptions const& options) {
  std::vector<SequenceView> views;
  for (Response const& response : group.responses) {
    views.push_back({group.prompt.tokens, response.tokens});
  }
  std::vector<float> const own = policy.log_probs(views);
  std::vector<float> base(own.size(), 0.0f);
  if constexpr (LogProbModel<R>) {
    base = reference.log_probs(views);
  }
  std::vector<double> rewards;
  for (std::size_t i = 0; i < own.size(); ++i) {
    double const length = static_cast<double>(group.responses[i].text.size());
    rewards.push_back(options.beta * (static_cast<double>(own[i]) - static_cast<double>(base[i])) -
                      options.length_penalty * length);
  }
  return rewards;
}

/// A Judge: DICE (Chen et al. 2024, arXiv 2406.09760). Responses without tokens have no score. The reference (M_{t-1},
/// say) must outlive the judge.
template <class R = NoReference>
class ImplicitRewardJudge {
 public:
  using Options = ImplicitRewardOptions;
  static constexpr std::string_view name = "implicit_reward";
  static constexpr std::string_view source = "Chen et al. 2024, arXiv 2406.09760";
  static constexpr auto parameters =
      std::tuple(parameter("reward_beta", &Options::beta, above(0), "scale of the reward"),
                 parameter("length_penalty", &Options::length_penalty, at_least(0), "price of a byte of text"));

  /// Throws: Error for a beta that is not above 0 and a penalty below 0.
  explicit ImplicitRewardJudge(R& reference, ImplicitRewardOptions options = {})
      : reference_(&reference), options_(options) {
    check_settings<ImplicitRewardJudge>(options_);
  }

  template <LogProbModel P>
  void score(P& policy, std::span<JudgedGroup> groups, Seed) {
    for (JudgedGroup& group : groups) {
      std::vector<double> const rewards = implicit_rewards(policy, *reference_, group, options_);
      group.scores.clear();
      group.verdicts.clear();
      for (std::size_t i = 0; i < rewards.size(); ++i) {
        bool const usable = !group.responses[i].tokens.empty() && std::isfinite(rewards[i]);
        group.scores.push_back(usable ? Score(static_cast<float>(rewards[i])) : Score());
      }
    }
  }

 private:
  R* reference_;
  ImplicitRewardOptions options_;
};

/// DICE's choice of the length penalty: of 0, step, 2 step, ... up to most, the one for which chosen and rejected are
/// most nearly of the same mean length when the best is paired with the worst. Groups are judged with a penalty of 0.
inline double balanced_length_penalty(std::span<JudgedGroup const> groups, double most = 1, double step = 0.001) {
  double best = 0, least = -1;
  for (std::size_t k = 0; static_cast<double>(k) * step <= most + step / 2; ++k) {
    double const penalty = static_cast<double>(k) * step;
    double difference = 0, pairs = 0;
    for (JudgedGroup const& group : groups) {
      std::size_t high = 0, low = 0, scored = 0;
      double top = 0, bottom = 0;
      for (std::size_t i = 0; i < group.scores.size(); ++i) {
        if (!group.scores[i]) {
          continue;
        }
        double const length = static_cast<double>(group.responses[i].text.size());
        double const value = static_cast<double>(*group.scores[i]) - penalty * length;
        if (scored == 0 || value > top) {
          top = value;
          high = i;
        }
        if (scored == 0 || value < bottom) {
          bottom = value;
          low = i;
        }
        ++scored;
      }
      if (top > bottom) {
        difference += static_cast<double>(group.responses[high].text.size()) -
                      static_cast<double>(group.responses[low].text.size());
        pairs += 1;
      }
    }
    double const gap = pairs > 0 ? std::abs(difference / pairs) : 0;
    if (least < 0 || gap < least) {
      least = gap;
      best = penalty;
    }
  }
  return best;
}

} // namespace srlm
