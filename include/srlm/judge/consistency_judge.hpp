/// CREAM (Wang et al. 2024, arXiv 2410.12735): any judge, and beside its scores how far a second ranking of the same
/// answers agrees with them. The pairs carry that consistency to CreamLoss, which softens the label by it.
#pragma once
#include <srlm/judge/implicit_reward.hpp>
#include <srlm/judge/rank_agreement.hpp>
#include <utility> // move

namespace srlm {

/// The second ranking is by the implicit reward of the policy against the reference (the previous model), or by its own
/// likelihood with NoReference. consistency = (tau + 1) / 2; 1/2 where fewer than two answers have a score.
template <class J, class R = NoReference>
class ConsistencyJudge {
 public:
  static constexpr std::string_view name = "consistency";
  static constexpr std::string_view source = "Wang et al. 2024, arXiv 2410.12735";

  ConsistencyJudge(J judge, R& reference) : judge_(std::move(judge)), reference_(&reference) {}

  template <LogProbModel P>
  void score(P& policy, std::span<JudgedGroup> groups, Seed seed) {
    judge_.score(policy, groups, seed);
    for (JudgedGroup& group : groups) {
      auto const tau = kendall_tau(group.scores, implicit_rewards(policy, *reference_, group, {}));
      group.consistency = static_cast<float>((tau.value_or(0) + 1) / 2);
    }
  }

  /// Those of the judge inside, where it makes any.
  template <class P>
  std::vector<PreferencePair> judge_pairs(P& policy, std::span<JudgedGroup const> groups,
                                          Seed seed) requires JudgeTrainer<J, P> {
    return judge_.judge_pairs(policy, groups, seed);
  }

 private:
  J judge_;
  R* reference_;
};

} // namespace srlm
