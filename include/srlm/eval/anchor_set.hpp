/// AnchorSet: answers that people ranked and that never change, to see whether a judge that learns keeps its judgement.
#pragma once
#include <srlm/data/eft_builder.hpp>
#include <srlm/eval/judge_quality.hpp>
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
        auto& truth = truth_.emplace_back();
        for (RankedAnswer const& answer : seed.answers) {
          truth.push_back(-answer.rank);
        }
      }
    }
  }

  std::size_t size() const { return groups_.size(); }

  /// The judge's pairwise accuracy on the set, ties at one half; nullopt where no pair has two scores, and where an
  /// observer stopped the turn. turn: one of its own for each measurement, so that a journal recalls it.
  template <Generator P, Judge<P> J, class Turn>
  std::optional<double> accuracy(Turn const& turn, P& policy, J& judge, Seed seed) const {
    std::vector<JudgedGroup> groups = groups_;
    judge_candidates(turn, policy, judge, groups, seed);
    Ratio sum;
    for (JudgeMeasure const& measure : judge_measures) {
      for (std::size_t g = 0; measure.name == "accuracy_ties_half" && g < groups.size() && !turn.stopped(); ++g) {
        sum += measure.of({truth_[g], groups[g].scores}, 0);
      }
    }
    return sum.value();
  }

 private:
  std::vector<JudgedGroup> groups_;
  std::vector<std::vector<double>> truth_; ///< of each group's answers: larger is better
};

} // namespace srlm
