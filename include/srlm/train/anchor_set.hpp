/// AnchorSet: answers that people ranked and that never change, to see whether a judge that learns keeps its judgement.
#pragma once
#include <srlm/data/eft_builder.hpp>
#include <srlm/judge/rank_agreement.hpp>
#include <srlm/train/steps.hpp>
#include <optional>
#include <span>
#include <vector>

namespace srlm {

class AnchorSet {
 public:
  /// The first seeds of the held-out split with at least two answers, at most `most`.
  template <Tokenizer T>
  AnchorSet(T const& tokenizer, std::span<SeedExample const> seeds, std::size_t most) {
    for (SeedExample const& seed : seeds) {
      if (seed.held_out && seed.answers.size() >= 2 && groups_.size() < most) {
        groups_.push_back(ranked_group(tokenizer, seed));
        auto& worth = worth_.emplace_back();
        for (RankedAnswer const& answer : seed.answers) {
          worth.push_back(-answer.rank);
        }
      }
    }
  }

  std::size_t size() const { return groups_.size(); }

  /// The mean of Kendall's tau between the judge's scores and people's ranks, over the seeds where at least two answers
  /// have a score; nullopt where there are none, or an observer stopped the turn. turn: one of its own for each
  /// measurement, so that a journal recalls it.
  template <Generator P, Judge<P> J, class Turn>
  std::optional<double> agreement(Turn const& turn, P& policy, J& judge, Seed seed) const {
    std::vector<JudgedGroup> groups = groups_;
    judge_candidates(turn, policy, judge, groups, seed);
    double sum = 0, count = 0;
    for (std::size_t g = 0; g < groups.size() && !turn.stopped(); ++g) {
      if (auto const tau = kendall_tau(groups[g].scores, worth_[g])) {
        sum += *tau;
        count += 1;
      }
    }
    return count > 0 ? std::optional<double>(sum / count) : std::nullopt;
  }

 private:
  std::vector<JudgedGroup> groups_;
  std::vector<std::vector<double>> worth_; ///< of each group's answers, by people: larger is better
};

} // namespace srlm
