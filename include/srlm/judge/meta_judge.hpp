/// Meta-Rewarding (Wu et al. 2024, arXiv 2407.19594): the model judges its answers, and judges its judgements too. The
/// better and the worse judgement of an answer become a pair, so that the judge learns beside the actor.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/battle_matrix.hpp>
#include <srlm/judge/comparing.hpp>
#include <srlm/judge/llm_judge.hpp>
#include <srlm/judge/pairwise_rubrics.hpp>

namespace srlm {

/// votes: judgements a response, 11 in the paper. max_chosen_chars: a longer judgement is not chosen; 1,100 in the
/// paper's first turn, 1,000 in its second; 0: no bound.
struct MetaJudgeOptions {
  LlmJudgeOptions judge = {11, {0.7f, 0.9f, 256}, 0, true};
  Sampling sampling = {0.7f, 0.9f, 256}; ///< of the comparisons
  std::size_t max_chosen_chars = 1100;
};

/// A Judge, and a JudgeTrainer.
template <Rubric R = AdditiveRubric, PairwiseRubric M = MetaRubric>
class MetaJudge {
 public:
  using Options = MetaJudgeOptions;
  static constexpr std::string_view name = "meta";
  static constexpr std::string_view source = "Wu et al. 2024, arXiv 2407.19594";
  static constexpr auto parameters =
      std::tuple(parameter("max_chosen_chars", &Options::max_chosen_chars, at_least(0),
                           "a longer judgement is not chosen to be learned; 0: no bound"));

  explicit MetaJudge(R rubric = {}, MetaJudgeOptions options = {}, M meta = {})
      : options_(kept(options)), judge_(std::move(rubric), options_.judge), meta_(std::move(meta)) {
    check_settings<MetaJudge>(options_);
  }

  /// As LlmJudge scores them.
  template <Generator G>
  void score(G& model, std::span<JudgedGroup> groups, Seed seed) {
    judge_.score(model, groups, seed);
  }

  /// For each prompt the response whose judgements differ most: all pairs of its judgements are compared in both
  /// orders, and the one with the highest Elo rating is chosen, the one with the lowest rejected. The tokens are those
  /// that the model wrote. None for fewer than two finished judgements with a score, equal ratings or equal texts.
  /// Determinism: a function of (parameters, groups, seed); the position weights are of all comparisons of the call.
  template <Generator G>
  std::vector<PreferencePair> judge_pairs(G& model, std::span<JudgedGroup const> groups, Seed seed) {
    std::vector<Contest> contests = contests_of(model, groups);
    std::vector<ComparisonToAsk> questions;
    for (Contest& contest : contests) {
      for (std::size_t m = 0; m < contest.judgements.size(); ++m) {
        for (std::size_t n = 0; n < contest.judgements.size(); ++n) {
          if (m != n) {
            contest.battles.push_back({m, n, std::nullopt});
            questions.push_back({meta_.question(contest.task, contest.judgements[m], contest.judgements[n]),
                                 seed.fork(contest.group).fork(m).fork(n)});
          }
        }
      }
    }
    std::vector<Comparison> const results = compare(model, meta_, questions, options_.sampling);
    auto result = results.begin();
    std::vector<Battle> all;
    for (Contest& contest : contests) {
      for (Battle& battle : contest.battles) {
        battle.better = (result++)->better;
        all.push_back(battle);
      }
    }
    PositionWeights const weights = position_weights(all);
    std::vector<PreferencePair> pairs;
    for (Contest const& contest : contests) {
      add_pair(pairs, contest, elo_ratings(battle_matrix(contest.battles, contest.judgements.size(), weights)));
    }
    return pairs;
  }

 private:
  struct Contest {
    std::size_t group;
    Prompt task; ///< the judge's question
    std::vector<Response> judgements;
    std::vector<Battle> battles;
  };

  static MetaJudgeOptions kept(MetaJudgeOptions options) {
    options.judge.keep_tokens = true;
    require(options.sampling.max_new_tokens > 0, "MetaJudge", "max_new_tokens below 1", "at least 1");
    return options;
  }

  static double variance(std::vector<Verdict> const& verdicts) {
    double sum = 0, squares = 0, n = 0;
    for (Verdict const& verdict : verdicts) {
      if (verdict.score) {
        double const s = static_cast<double>(*verdict.score);
        sum += s;
        squares += s * s;
        n += 1;
      }
    }
    return n > 0 ? squares / n - sum / n * (sum / n) : -1;
  }

  template <class G>
  std::vector<Contest> contests_of(G& model, std::span<JudgedGroup const> groups) const {
    auto const& tokenizer = std::as_const(model).tokenizer();
    std::vector<Contest> contests;
    for (std::size_t g = 0; g < groups.size(); ++g) {
      JudgedGroup const& group = groups[g];
      std::size_t most = 0;
      for (std::size_t i = 1; i < group.verdicts.size(); ++i) {
        most = variance(group.verdicts[i]) > variance(group.verdicts[most]) ? i : most;
      }
      if (group.verdicts.empty()) {
        continue;
      }
      std::string question = judge_.rubric().question(group.prompt, group.responses[most]);
      Tokens tokens = tokenizer.encode_prompt(question);
      Contest contest{g, {std::move(question), std::move(tokens)}, {}, {}};
      for (Verdict const& verdict : group.verdicts[most]) {
        if (verdict.score && !verdict.tokens.empty() &&
            is_finished(tokenizer, verdict.tokens, options_.judge.sampling)) {
          contest.judgements.push_back({verdict.text, verdict.tokens, true});
        }
      }
      if (contest.judgements.size() >= 2) {
        contests.push_back(std::move(contest));
      }
    }
    return contests;
  }

  void add_pair(std::vector<PreferencePair>& pairs, Contest const& contest, std::vector<double> const& ratings) const {
    std::size_t best = 0, worst = 0;
    for (std::size_t i = 1; i < ratings.size(); ++i) {
      best = ratings[i] > ratings[best] ? i : best;
      worst = ratings[i] < ratings[worst] ? i : worst;
    }
    Response const &chosen = contest.judgements[best], &rejected = contest.judgements[worst];
    bool const is_long = options_.max_chosen_chars > 0 && chosen.text.size() > options_.max_chosen_chars;
    if (ratings[best] - ratings[worst] > 1e-9 && chosen.text != rejected.text && !is_long) {
      pairs.push_back(
          {contest.task, chosen, rejected, static_cast<float>(ratings[best]), static_cast<float>(ratings[worst])});
    }
  }

  MetaJudgeOptions options_;
  LlmJudge<R> judge_;
  M meta_;
};

} // namespace srlm
