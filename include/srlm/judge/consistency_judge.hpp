/// CREAM (Wang et al. 2024, arXiv 2410.12735): any judge, and beside its scores how far a second ranking of the same
/// answers agrees with them. The pairs carry that consistency to CreamLoss, which softens the label by it.
#pragma once
#include <srlm/judge/implicit_reward.hpp>
#include <srlm/judge/rank_agreement.hpp>
#include <utility> // move

namespace srlm {

/// The second ranking is that of any other judge: in CREAM, of M_{t-1}. With previous a model that is kept for it,
///   ConsistencyJudge{ImplicitRewardJudge{m0}, FrozenJudge{ImplicitRewardJudge{m0}, previous}}
/// ranks by implicit rewards, as CREAM does (M_0's by ImplicitRewardJudge{likelihood} with NoReference), and
///   ConsistencyJudge{judge, FrozenJudge{judge, previous}}
/// by verdicts. consistency = (Kendall's tau + 1) / 2 over the answers that both have scored; 1/2 where these are fewer
/// than two.
template <class J, class K = ImplicitRewardJudge<>>
class ConsistencyJudge {
 public:
  static constexpr std::string_view name = "consistency";
  static constexpr std::string_view source = "Wang et al. 2024, arXiv 2410.12735";

  ConsistencyJudge(J judge, K second) : judge_(std::move(judge)), second_(std::move(second)) {}

  template <class P>
  void score(P& policy, std::span<JudgedGroup> groups, Seed seed) requires Judge<J, P> && Judge<K, P> {
    std::vector<JudgedGroup> again(groups.begin(), groups.end());
    judge_.score(policy, groups, seed);
    second_.score(policy, std::span(again), seed.fork(1));
    for (std::size_t g = 0; g < groups.size(); ++g) {
      groups[g].consistency = static_cast<float>((agreement(groups[g].scores, again[g].scores) + 1) / 2);
    }
  }

  /// Those of the judge inside, where it makes any.
  template <class P>
  std::vector<PreferencePair> judge_pairs(P& policy, std::span<JudgedGroup const> groups,
                                          Seed seed) requires JudgeTrainer<J, P> {
    return judge_.judge_pairs(policy, groups, seed);
  }

 private:
  static double agreement(std::span<Score const> first, std::span<Score const> second) {
    std::vector<Score> scores;
    std::vector<double> other;
    for (std::size_t i = 0; i < first.size(); ++i) {
      if (second[i]) {
        scores.push_back(first[i]);
        other.push_back(static_cast<double>(*second[i]));
      }
    }
    return kendall_tau(scores, other).value_or(0);
  }

  J judge_;
  K second_;
};

} // namespace srlm
