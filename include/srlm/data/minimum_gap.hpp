/// Best against worst, where the judge sees a clear difference: a small gap is often noise.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/best_versus_worst.hpp>

namespace srlm {

struct MinimumGap {
  static constexpr std::string_view name = "minimum_gap";
  static constexpr std::string_view source =
      "best against worst (Yuan et al. 2024, section 2.2) with a least difference";
  double gap = 1; ///< in points of the judge's scale
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  static constexpr auto parameters =
      std::tuple(parameter("gap", &MinimumGap::gap, at_least(0), "least difference of the scores"));

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    return is_wide(group) ? BestVersusWorst{unfinished}(group, seed) : std::vector<WinnerLoser>{};
  }
  NoPair reason(JudgedGroup const& group) const {
    NoPair const why = BestVersusWorst{unfinished}.reason(group);
    return why != NoPair::none || is_wide(group) ? why : NoPair::rule;
  }

 private:
  bool is_wide(JudgedGroup const& group) const {
    OrderedPairs const pairs = ordered_pairs(group, unfinished);
    return static_cast<double>(pairs.best - pairs.worst) >= gap - static_cast<double>(score_tolerance);
  }
};

} // namespace srlm
