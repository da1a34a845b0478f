/// Pairs with length control: near the top the shortest answer, near the bottom the longest (Meta-Rewarding).
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

/// chosen: the shortest answer with a score in [(1 - rho) max + rho min, max]; rejected: the longest with one in
/// [min, (1 - rho) min + rho max]. rho = 0 is best against worst, with length deciding among equals. Lengths are in
/// tokens, or in bytes of the text where there are none; among equal lengths the seed decides.
struct RhoBand {
  static constexpr std::string_view name = "rho_band";
  static constexpr std::string_view source = "Wu et al. 2024, arXiv 2407.19594";
  double rho = 0.32; ///< 0, 0.32, 0.32, 0.4 over the paper's four turns
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  std::vector<double> schedule = {}; ///< rho of turns 1, 2, ...; the last one goes on; empty: always rho
  static constexpr auto parameters =
      std::tuple(parameter("rho", &RhoBand::rho, from_to(0, 1), "width of the bands of scores"));

  /// The rule of turn t (from 1).
  RhoBand at(int t) const {
    if (schedule.empty() || t < 1) {
      return *this;
    }
    return {schedule[std::min(static_cast<std::size_t>(t), schedule.size()) - 1], unfinished, {}};
  }

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    OrderedPairs const all = ordered_pairs(group, unfinished);
    double const best = static_cast<double>(all.best), worst = static_cast<double>(all.worst);
    double const top = (1 - rho) * best + rho * worst - static_cast<double>(score_tolerance);
    double const bottom = (1 - rho) * worst + rho * best + static_cast<double>(score_tolerance);
    std::vector<WinnerLoser> banded;
    for (WinnerLoser const& pair : all.pairs) {
      if (static_cast<double>(*group.scores[pair.winner]) >= top &&
          static_cast<double>(*group.scores[pair.loser]) <= bottom) {
        banded.push_back(pair);
      }
    }
    if (banded.empty()) {
      return {};
    }
    shuffle(std::span(banded), seed);
    auto const length = [&](std::size_t i) {
      Response const& y = group.responses[i];
      return y.tokens.empty() ? y.text.size() : y.tokens.size();
    };
    auto const shortest_longest = [&](WinnerLoser const& a, WinnerLoser const& b) {
      return length(a.winner) != length(b.winner) ? length(a.winner) < length(b.winner)
                                                  : length(a.loser) > length(b.loser);
    };
    return {*std::min_element(banded.begin(), banded.end(), shortest_longest)};
  }

  NoPair reason(JudgedGroup const& group) const {
    NoPair const why = ordered_pairs(group, unfinished).reason;
    return why == NoPair::none && (*this)(group, Seed{}).empty() ? NoPair::rule : why;
  }
};

} // namespace srlm
