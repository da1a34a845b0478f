/// One pair with different scores, drawn at random: a middle way between the extremes and all pairs.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

struct RandomPair {
  static constexpr std::string_view name = "random_pair";
  static constexpr std::string_view source = "a baseline of pair selection";
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  static constexpr auto parameters = std::tuple();

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    std::vector<WinnerLoser> const pairs = ordered_pairs(group, unfinished).pairs;
    if (pairs.empty()) {
      return {};
    }
    return {pairs[seed.below(pairs.size(), 0)]};
  }
  NoPair reason(JudgedGroup const& group) const { return ordered_pairs(group, unfinished).reason; }
};

} // namespace srlm
