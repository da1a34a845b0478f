/// What is measured of a model, against the truth.
#pragma once
#include "start.hpp"
#include <srlm/eval/head_to_head.hpp>
#include <srlm/eval/judge_quality.hpp>
#include <srlm/eval/self_agreement.hpp>
#include <srlm/train/divergence.hpp>

namespace miniature {

using Measures = std::vector<std::pair<std::string, std::optional<double>>>;

/// A model's numbers, and what tests over prompts compare: one value an instruction.
struct Measured {
  Measures values;
  std::vector<double> quality;             ///< mean true quality of the answers to each test instruction
  std::vector<srlm::Ratio> judge_accuracy; ///< pairs ordered rightly (a tie is wrong) of each ranked instruction
};

/// Measures models of one seed, all on the same instructions and with the same random numbers.
class Examiner {
 public:
  static constexpr std::size_t answers = 4; ///< an instruction

  Examiner(Division const& division, Settings const& s, WordTokenizer const& words, srlm::Seed seed)
      : s_(s), seed_(seed), test_(division.test(s.test).first(s.test_instructions)) {
    for (Instruction const& x : test_) {
      prompts_.push_back({x.text(), words.encode_prompt(x.text())});
    }
    srlm::Seed const fixed{71};
    for (std::size_t i = 0; i < s.ranked_instructions; ++i) {
      srlm::JudgedGroup group{prompts_[i % prompts_.size()], {}};
      for (std::size_t g = 0; g < grades.size(); ++g) {
        std::string const y = answer_of(grades[g], test_[i % test_.size()], fixed.fork(i).fork(g));
        group.responses.push_back({y, words.encode_response(y)});
      }
      ranked_.push_back(std::move(group));
    }
    for (std::size_t i = 0; i < s.old_rows; ++i) {
      old_.push_back(old_task(words, fixed.fork(1'000'000 + i)));
    }
  }

  /// before: the model that wins are counted against (M1 of the arm); nullptr: none are.
  template <class P>
  Measured operator()(P& model, P& m0, Measured const* before) const {
    Measured all;
    auto const put = [&](std::string name, std::optional<double> value) {
      all.values.emplace_back(std::move(name), value);
    };
    auto const groups = answer(model, {0.7f, 0.9f, Settings::answer_tokens}, answers, seed_.fork(0));
    double ended = 0, length = 0, count = 0;
    std::array<double, properties.size()> holds{};
    for (std::size_t i = 0; i < groups.size(); ++i) {
      double sum = 0;
      for (srlm::Response const& y : groups[i].responses) {
        Checks const checks = check(test_[i], y.text);
        sum += quality(checks);
        for (std::size_t k = 0; k < checks.size(); ++k) {
          holds[k] += checks[k] ? 1 : 0;
        }
        ended += y.finished ? 1 : 0;
        length += static_cast<double>(y.tokens.size());
        count += 1;
      }
      all.quality.push_back(sum / static_cast<double>(groups[i].responses.size()));
    }
    put("quality", srlm::sum_of(srlm::as_ratios(all.quality)).value());
    for (std::size_t k = 0; k < holds.size(); ++k) {
      put("holds_" + std::string(properties[k]), holds[k] / count);
    }
    double greedy = 0;
    for (std::size_t i = 0; auto const& group : answer(model, {0, 1, Settings::answer_tokens}, 1, seed_)) {
      greedy += quality(test_[i++], group.responses.front().text);
    }
    put("quality_greedy", greedy / static_cast<double>(test_.size()));
    put("length", length / count);
    put("ended", ended / count);
    if (before != nullptr) {
      std::vector<srlm::Match> matches;
      for (std::size_t i = 0; i < all.quality.size(); ++i) {
        double const gap = all.quality[i] - before->quality[i];
        matches.push_back({gap > 0 ? 1.0f : gap < 0 ? 0.0f : 0.5f, 0, 0});
      }
      srlm::HeadToHead const result = srlm::head_to_head(matches);
      put("win_rate_against_M1", result.win_rate->value);
    }
    auto const free =
        answer(model, {1, 1, Settings::answer_tokens}, 1, seed_.fork(1)); // as the model's distribution is
    put("kl_to_M0", srlm::divergence(model, m0, std::span<srlm::JudgedGroup const>(free)));
    put("old_task_loss", srlm::likelihood_loss(model, std::span<srlm::SupervisedExample const>(old_)));
    judge(model, all, seed_.fork(2));
    return all;
  }

 private:
  /// Whether a usable verdict says of each property what is true.
  static void add_found(srlm::Verdict const& verdict, Checks const& truth, std::span<srlm::Ratio> found) {
    std::vector<std::string> const words = split(verdict.text);
    for (std::size_t k = 0; verdict.score && k < truth.size(); ++k) {
      auto const named = std::find(words.begin(), words.end(), properties[k]);
      if (named != words.end() && named + 1 != words.end()) {
        found[k] += {named[1] == (truth[k] ? "yes" : "no") ? 1.0 : 0.0, 1};
      }
    }
  }

  template <class P>
  std::vector<srlm::JudgedGroup> answer(P& model, srlm::Sampling const& sampling, std::size_t n,
                                        srlm::Seed seed) const {
    srlm::NoJournal journal;
    return srlm::sample_candidates(srlm::Turn<srlm::NoJournal>(0, journal), model, prompts_, n, sampling, seed);
  }

  template <class P>
  void judge(P& model, Measured& all, srlm::Seed seed) const {
    auto judged = ranked_;
    srlm::LlmJudge judge{CheckRubric{}, {s_.votes, {0.7f, 0.9f, Settings::verdict_tokens}}};
    judge.score(model, std::span(judged), seed);
    std::vector<srlm::RankedGroup> ranked;
    srlm::Ratio usable, agreement;
    std::array<srlm::Ratio, properties.size()> found;
    for (srlm::JudgedGroup const& group : judged) {
      srlm::RankedGroup& r = ranked.emplace_back();
      Instruction const x = read_instruction(group.prompt.text);
      for (std::size_t j = 0; j < group.responses.size(); ++j) {
        r.truth.push_back(quality(x, group.responses[j].text));
        r.scores.push_back(group.scores[j]);
        for (srlm::Verdict const& verdict : group.verdicts[j]) {
          usable += {verdict.score ? 1.0 : 0.0, 1};
          add_found(verdict, check(x, group.responses[j].text), found);
        }
      }
      agreement += srlm::equal_votes(group);
    }
    all.values.emplace_back("judge_usable_verdicts", usable.value());
    all.values.emplace_back("judge_self_agreement", agreement.value());
    for (std::size_t k = 0; k < found.size(); ++k) {
      all.values.emplace_back("judge_finds_" + std::string(properties[k]), found[k].value());
    }
    for (srlm::JudgeMeasure const& measure : srlm::judge_measures) {
      auto const each = srlm::measure_each(measure, ranked);
      all.values.emplace_back("judge_" + std::string(measure.name), srlm::sum_of(each).value());
    }
    // Over all pairs, those without a score among them: what a user of this judge would get.
    for (srlm::RankedGroup const& r : ranked) {
      srlm::Ratio own;
      for (std::size_t i = 0; i < r.truth.size(); ++i) {
        for (std::size_t j = 0; j < i; ++j) {
          if (r.truth[i] != r.truth[j]) {
            bool const right = r.scores[i] && r.scores[j] && *r.scores[i] != *r.scores[j] &&
                               (*r.scores[i] > *r.scores[j]) == (r.truth[i] > r.truth[j]);
            own += {right ? 1.0 : 0.0, 1};
          }
        }
      }
      all.judge_accuracy.push_back(own);
    }
    all.values.emplace_back("judge_accuracy", srlm::sum_of(all.judge_accuracy).value());
  }

  Settings s_;
  srlm::Seed seed_;
  std::span<Instruction const> test_;
  std::vector<srlm::Prompt> prompts_;
  std::vector<srlm::JudgedGroup> ranked_;
  std::vector<srlm::SupervisedExample> old_;
};

} // namespace miniature
