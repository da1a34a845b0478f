/// Judges and pair rules that only an experiment wants: controls, and a rule that keeps count of what is true.
#pragma once
#include "measures.hpp"
#include <srlm/judge/function_judge.hpp>

namespace miniature {

/// The truth, for the oracle judge.
inline srlm::Score true_score(srlm::Prompt const& x, srlm::Response const& y) {
  return static_cast<float>(quality(read_instruction(x.text), y.text));
}

/// Longer is better: the number of words.
inline srlm::Score length_score(srlm::Prompt const&, srlm::Response const& y) {
  return static_cast<float>(split(y.text).size());
}

inline srlm::Score constant_score(srlm::Prompt const&, srlm::Response const&) { return 3.0f; }

/// A Judge that throws a die.
struct RandomJudge {
  template <class P>
  void score(P&, std::span<srlm::JudgedGroup> groups, srlm::Seed seed) {
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].scores.clear();
      for (std::size_t j = 0; j < groups[i].responses.size(); ++j) {
        groups[i].scores.push_back(static_cast<float>(seed.fork(i).below(6, j)));
      }
    }
  }
};

/// A pair rule turned round: what it would choose is rejected.
template <srlm::PairSelector S>
struct Swapped {
  S select;
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const& group, srlm::Seed seed) const {
    auto pairs = select(group, seed);
    for (srlm::WinnerLoser& pair : pairs) {
      std::swap(pair.winner, pair.loser);
    }
    return pairs;
  }
};

/// What one turn's pairs are, by the truth.
struct PairCount {
  double prompts = 0, pairs = 0, right = 0, wrong = 0;

  void add(srlm::JudgedGroup const& group, std::span<srlm::WinnerLoser const> selected) {
    Instruction const x = read_instruction(group.prompt.text);
    prompts += 1;
    for (auto [winner, loser] : selected) {
      int const gap = quality(x, group.responses[winner].text) - quality(x, group.responses[loser].text);
      pairs += 1;
      right += gap > 0 ? 1 : 0;
      wrong += gap < 0 ? 1 : 0;
    }
  }

  void add_answers(srlm::JudgedGroup const& group, std::span<std::size_t const> selected) {
    Instruction const x = read_instruction(group.prompt.text);
    prompts += 1;
    for (std::size_t i : selected) {
      bool const perfect = quality(x, group.responses[i].text) == 5;
      pairs += 1;
      right += perfect ? 1 : 0;
      wrong += perfect ? 0 : 1;
    }
  }

  /// Of 1,000 prompts.
  void put(Measures& values) const {
    auto const rate = [&](double n) { return prompts > 0 ? 1000 * n / prompts : 0; };
    values.emplace_back("pairs_a_1000_prompts", rate(pairs));
    values.emplace_back("right_pairs", rate(right));
    values.emplace_back("wrong_pairs", rate(wrong));
    values.emplace_back("right_minus_wrong_pairs", rate(right - wrong));
  }
};

/// Any pair rule, counted. count must outlive it.
template <srlm::PairSelector S>
struct Counted {
  S select;
  PairCount* count;
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const& group, srlm::Seed seed) const {
    auto pairs = select(group, seed);
    count->add(group, pairs);
    return pairs;
  }
};

} // namespace miniature
