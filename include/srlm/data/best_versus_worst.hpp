/// The paper's pair rule (section 2.2): the answer with the highest score against the one with the lowest; a prompt
/// whose scores are all equal gives no pair.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

/// At most one pair a group. Among several best and several worst answers the seed decides, so the order of candidates
/// carries no meaning.
struct BestVersusWorst {
  static constexpr std::string_view name = "best_versus_worst";
  static constexpr std::string_view source = "Yuan et al. 2024, section 2.2";
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  static constexpr auto parameters = std::tuple();

  /// Indices into group.responses; empty where reason() says why.
  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    std::vector<WinnerLoser> const pairs = choices(group).pairs;
    if (pairs.empty()) {
      return {};
    }
    return {pairs[seed.below(pairs.size(), 0)]};
  }

  /// Why operator() gives nothing for this group.
  NoPair reason(JudgedGroup const& group) const { return choices(group).reason; }

 private:
  /// Every best answer with every worst one.
  OrderedPairs choices(JudgedGroup const& group) const {
    OrderedPairs result = ordered_pairs(group, unfinished);
    std::erase_if(result.pairs, [&](WinnerLoser const& pair) {
      return *group.scores[pair.winner] < result.best - score_tolerance ||
             *group.scores[pair.loser] > result.worst + score_tolerance;
    });
    if (result.reason == NoPair::none && result.pairs.empty()) {
      result.reason = NoPair::same_answer;
    }
    return result;
  }
};

} // namespace srlm
