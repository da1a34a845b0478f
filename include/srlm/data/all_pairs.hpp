/// Every ordered pair of a prompt's answers: more data, and many pairs of nearly equal answers.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

struct AllPairs {
  static constexpr std::string_view name = "all_pairs";
  static constexpr std::string_view source = "Ouyang et al. 2022, arXiv 2203.02155 (all pairs of a ranking)";
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  static constexpr auto parameters = std::tuple();

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed) const {
    return ordered_pairs(group, unfinished).pairs;
  }
  NoPair reason(JudgedGroup const& group) const { return ordered_pairs(group, unfinished).reason; }
};

} // namespace srlm
