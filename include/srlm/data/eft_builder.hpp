/// EFT, the evaluation fine-tuning data (section 2.1 and 3.1.1): judgements from which a model learns to judge. The
/// model judges human answers; what agrees with the human ranking is kept; the most common score is thinned.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/core/error.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/data/supervised_example.hpp>
#include <cmath> // abs
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace srlm {

/// Two answers of different rank with the same score: the paper does not say whether they agree. rejected: the
/// instruction's judgements are dropped.
enum class EftTies { accepted, rejected };

struct EftOptions {
  EftTies ties = EftTies::accepted;
  bool thin = true; ///< the most common score to the count of the second most common
};

/// What became of the instructions and of their judgements (one an answer).
struct EftReport {
  std::size_t instructions = 0;
  std::size_t kept = 0;     ///< instructions whose judgements agree with the human ranking
  std::size_t inverted = 0; ///< a worse answer got the higher score
  std::size_t tied = 0;     ///< nothing but ties between ranks, or one tie where ties are rejected
  std::size_t too_few = 0;  ///< fewer than two usable judgements
  std::size_t judgements = 0;
  std::size_t unusable = 0;                             ///< judgements without a score
  std::map<float, std::size_t> before = {}, after = {}; ///< scores of the kept judgements, before and after thinning
};

struct EftData {
  std::vector<SupervisedExample> examples;
  EftReport report;
};

/// The seeds that EFT can use: those of the train split with at least two answers.
inline bool serves_eft(SeedExample const& seed) { return !seed.held_out && seed.answers.size() >= 2; }

/// The human answers as responses, for a judge to score.
template <Tokenizer T>
JudgedGroup ranked_group(T const& tokenizer, SeedExample const& seed) {
  JudgedGroup group{{seed.prompt, tokenizer.encode_prompt(seed.prompt)}, {}};
  for (RankedAnswer const& answer : seed.answers) {
    group.responses.push_back({answer.text, tokenizer.encode_response(answer.text)});
  }
  return group;
}

/// What the judge is to score: one group for each seed that serves, in order.
template <Tokenizer T>
std::vector<JudgedGroup> eft_groups(T const& tokenizer, std::span<SeedExample const> seeds) {
  std::vector<JudgedGroup> groups;
  for (SeedExample const& seed : seeds) {
    if (!serves_eft(seed)) {
      continue;
    }
    groups.push_back(ranked_group(tokenizer, seed));
  }
  return groups;
}

/// Of several verdicts on one answer, the usable one whose score is nearest to their mean; the first of equals.
inline std::optional<Verdict> typical_verdict(std::span<Verdict const> verdicts) {
  double sum = 0, usable = 0;
  for (Verdict const& verdict : verdicts) {
    sum += verdict.score ? static_cast<double>(*verdict.score) : 0;
    usable += verdict.score ? 1 : 0;
  }
  Verdict const* nearest = nullptr;
  double least = 0;
  for (Verdict const& verdict : verdicts) {
    if (verdict.score) {
      double const distance = std::abs(static_cast<double>(*verdict.score) - sum / usable);
      if (nearest == nullptr || distance < least - 1e-9) {
        nearest = &verdict;
        least = distance;
      }
    }
  }
  return nearest != nullptr ? std::optional<Verdict>(*nearest) : std::nullopt;
}

namespace detail {

struct Judgement {
  std::size_t answer;
  Verdict verdict;
};

enum class Agreement { kept, inverted, tied, too_few };

/// Kept: at least one pair of different ranks has its scores in the same order, and none has them in the opposite one.
inline Agreement agreement(SeedExample const& seed, std::span<Judgement const> judgements, EftTies ties) {
  if (judgements.size() < 2) {
    return Agreement::too_few;
  }
  bool ordered = false, tied = false;
  for (Judgement const& a : judgements) {
    for (Judgement const& b : judgements) {
      if (seed.answers[a.answer].rank < seed.answers[b.answer].rank) { // a is the better answer
        double const margin = static_cast<double>(*a.verdict.score) - static_cast<double>(*b.verdict.score);
        if (margin < -1e-6) {
          return Agreement::inverted;
        }
        ordered = ordered || margin > 1e-6;
        tied = tied || margin <= 1e-6;
      }
    }
  }
  return ordered && (!tied || ties == EftTies::accepted) ? Agreement::kept : Agreement::tied;
}

/// Drops, by lot, examples of the most common score until it is as common as the second; never one of another score.
/// Nothing to do where two scores are equally common, or where there is only one.
inline std::vector<bool> thinned(std::span<float const> scores, std::map<float, std::size_t> const& counts, Seed seed) {
  std::size_t first = 0, second = 0;
  float most_common = 0;
  for (auto const& [score, count] : counts) {
    if (count > first) {
      second = first;
      first = count;
      most_common = score;
    } else if (count > second) {
      second = count;
    }
  }
  std::vector<bool> keep(scores.size(), true);
  if (second == 0) {
    return keep;
  }
  std::vector<std::size_t> candidates;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] == most_common) {
      candidates.push_back(i);
    }
  }
  shuffle(std::span(candidates), seed);
  for (std::size_t i = second; i < candidates.size(); ++i) {
    keep[candidates[i]] = false;
  }
  return keep;
}

inline void check_match(SeedExample const& seed, JudgedGroup const& group) {
  bool matches = group.prompt.text == seed.prompt && group.responses.size() == seed.answers.size() &&
                 group.verdicts.size() == seed.answers.size();
  for (std::size_t i = 0; matches && i < seed.answers.size(); ++i) {
    matches = group.responses[i].text == seed.answers[i].text;
  }
  if (!matches) {
    throw Error("build_eft: the group of the seed \"" + seed.prompt.substr(0, 60) + "\"",
                "another prompt, other responses or no verdicts",
                "the groups of eft_groups() for the same seeds, scored by a judge that keeps its verdicts");
  }
}

} // namespace detail

/// EFT from what a judge with this rubric said of eft_groups(tokenizer, seeds).
/// An example's prompt is the question that the judge was asked, its response the verdict as the model wrote it (where
/// the rubric has lesson(), what that leaves of it), encoded anew with the end of the turn: verdicts carry no token
/// ids, and a verdict that rambled on or was cut off behind its score is taught to end. Of several votes on an answer
/// the typical_verdict() counts, so the score that is compared with the rank is the one that is learned. Throws: Error
/// when the groups are not those of the seeds.
template <Tokenizer T, Rubric R>
EftData build_eft(T const& tokenizer, R const& rubric, std::span<SeedExample const> seeds,
                  std::span<JudgedGroup const> judged, Seed seed, EftOptions const& options = {}) {
  EftData data;
  std::vector<SupervisedExample> examples;
  std::vector<float> scores;
  std::size_t g = 0;
  for (SeedExample const& s : seeds) {
    if (!serves_eft(s)) {
      continue;
    }
    require(g < judged.size(), "build_eft", "fewer groups than seeds that serve", "one a seed");
    JudgedGroup const& group = judged[g++];
    detail::check_match(s, group);
    std::vector<detail::Judgement> judgements;
    for (std::size_t i = 0; i < s.answers.size(); ++i) {
      if (auto verdict = typical_verdict(group.verdicts[i])) {
        judgements.push_back({i, std::move(*verdict)});
      }
    }
    EftReport& report = data.report;
    ++report.instructions;
    report.judgements += s.answers.size();
    report.unusable += s.answers.size() - judgements.size();
    detail::Agreement const result = detail::agreement(s, judgements, options.ties);
    report.kept += result == detail::Agreement::kept ? 1 : 0;
    report.inverted += result == detail::Agreement::inverted ? 1 : 0;
    report.tied += result == detail::Agreement::tied ? 1 : 0;
    report.too_few += result == detail::Agreement::too_few ? 1 : 0;
    for (std::size_t k = 0; result == detail::Agreement::kept && k < judgements.size(); ++k) {
      std::string question = rubric.question(group.prompt, group.responses[judgements[k].answer]);
      std::string verdict = judgements[k].verdict.text;
      if constexpr (requires { std::string(rubric.lesson(std::string_view(verdict))); }) {
        verdict = std::string(rubric.lesson(std::string_view(verdict)));
      }
      Tokens asked = tokenizer.encode_prompt(question), answered = tokenizer.encode_response(verdict);
      examples.push_back({{std::move(question), std::move(asked)}, {std::move(verdict), std::move(answered)}});
      scores.push_back(*judgements[k].verdict.score);
      ++report.before[scores.back()];
    }
  }
  require(g == judged.size(), "build_eft", "more groups than seeds that serve", "one a seed");
  std::vector<bool> const keep =
      options.thin ? detail::thinned(scores, data.report.before, seed) : std::vector<bool>(scores.size(), true);
  for (std::size_t i = 0; i < examples.size(); ++i) {
    if (keep[i]) {
      ++data.report.after[scores[i]];
      data.examples.push_back(std::move(examples[i]));
    }
  }
  return data;
}

} // namespace srlm
