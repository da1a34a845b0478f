#pragma once
#include "policy.hpp"

class MyJudge {
 public:
  /// Fills group.scores, one a response; nullopt where there is no usable verdict. group.verdicts may stay empty. The
  /// policy is M_t, for a judge that asks it.
  template <class P>
  void score(P& /*policy*/, std::span<srlm::JudgedGroup> groups, srlm::Seed /*seed*/) {
    for (srlm::JudgedGroup& group : groups) {
      group.scores.clear();
      for (srlm::Response const& response : group.responses) {
        group.scores.push_back(response.text.empty() ? srlm::Score() : srlm::Score(1.0f)); // yours
      }
    }
  }

  /// Optional, for a judge that learns too: pairs of its own judgements. The loop records their reference.
  template <class P>
  std::vector<srlm::PreferencePair> judge_pairs(P& /*policy*/, std::span<srlm::JudgedGroup const>,
                                                srlm::Seed /*seed*/) {
    return {};
  }
};
static_assert(srlm::explain_judge<MyJudge, MyPolicy>()); // explain_judge_trainer: with judge_pairs()
