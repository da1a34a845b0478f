/// A judge that compares: every two responses of a prompt, in both orders, because models favour a position.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/judge/both_orders.hpp>
#include <srlm/judge/comparing.hpp>
#include <srlm/judge/pairwise_rubrics.hpp>

namespace srlm {

/// votes: comparisons of two responses in each order.
struct PairwiseJudgeOptions {
  int votes = 1;
  Sampling sampling = {0.7f, 0.9f, 256};
};

/// A win needs both orders to agree; where they do not, it is a tie. A response's score is its mean result over its
/// comparisons (a win 1, a tie 1/2, a loss 0); nullopt where none was usable. verdicts[i] holds the comparisons in
/// which response i was shown first: score 1 where it was found better, 0 where worse, 1/2 for a tie.
template <PairwiseRubric R = HeadToHeadRubric>
class PairwiseJudge {
 public:
  using Options = PairwiseJudgeOptions;
  static constexpr std::string_view name = "pairwise";
  static constexpr std::string_view source = "Zheng et al. 2023, arXiv 2306.05685 (both orders against position bias)";
  static constexpr auto parameters =
      std::tuple(parameter("votes", &Options::votes, at_least(1), "comparisons of two responses in each order"));

  /// Throws: Error for no votes or no room for an answer.
  explicit PairwiseJudge(R rubric = {}, PairwiseJudgeOptions options = {})
      : rubric_(std::move(rubric)), options_(options) {
    check_settings<PairwiseJudge>(options_);
    require(options_.sampling.max_new_tokens > 0, "PairwiseJudge", "max_new_tokens below 1", "at least 1");
  }

  /// Determinism: vote v on responses i before j of group g draws from seed.fork(g).fork(i).fork(j).fork(v).
  template <Generator G>
  void score(G& model, std::span<JudgedGroup> groups, Seed seed) {
    auto const votes = static_cast<std::size_t>(options_.votes);
    std::vector<ComparisonToAsk> questions;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      std::size_t const n = groups[g].responses.size();
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          for (std::size_t v = 0; i != j && v < votes; ++v) {
            questions.push_back({rubric_.question(groups[g].prompt, groups[g].responses[i], groups[g].responses[j]),
                                 seed.fork(g).fork(i).fork(j).fork(v)});
          }
        }
      }
    }
    std::vector<Comparison> const results = compare(model, rubric_, questions, options_.sampling);
    auto next = results.begin();
    for (JudgedGroup& group : groups) {
      std::size_t const n = group.responses.size();
      std::vector<std::vector<std::vector<std::optional<Better>>>> better(
          n, std::vector<std::vector<std::optional<Better>>>(n));
      group.verdicts.assign(n, {});
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          for (std::size_t v = 0; i != j && v < votes; ++v, ++next) {
            better[i][j].push_back(next->better);
            group.verdicts[i].push_back({points(next->better), next->cause, next->text});
          }
        }
      }
      group.scores.clear();
      for (std::size_t i = 0; i < n; ++i) {
        double sum = 0, usable = 0;
        for (std::size_t j = 0; j < n; ++j) {
          for (std::size_t v = 0; i != j && v < votes; ++v) {
            if (Score const result = in_both_orders(better[i][j][v], better[j][i][v])) {
              sum += static_cast<double>(*result);
              usable += 1;
            }
          }
        }
        group.scores.push_back(usable > 0 ? Score(static_cast<float>(sum / usable)) : Score());
      }
    }
  }

 private:
  static Score points(std::optional<Better> better) {
    return !better ? Score() : better == Better::first ? Score(1.0f) : better == Better::second ? Score(0.0f) : 0.5f;
  }

  R rubric_;
  PairwiseJudgeOptions options_;
};

} // namespace srlm
