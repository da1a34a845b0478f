/// The k pairs of a prompt whose scores lie furthest apart.
#pragma once
#include <srlm/core/parameter.hpp>
#include <srlm/data/ordered_pairs.hpp>

namespace srlm {

/// Up to k pairs, the widest gap first; among equal gaps the seed decides.
struct TopK {
  static constexpr std::string_view name = "top_k";
  static constexpr std::string_view source = "several pairs a prompt as in Pang et al. 2024, arXiv 2404.19733";
  int k = 2;
  UnfinishedAnswers unfinished = UnfinishedAnswers::may_be_rejected;
  static constexpr auto parameters = std::tuple(parameter("k", &TopK::k, from_to(1, 1e6), "pairs a prompt"));

  std::vector<WinnerLoser> operator()(JudgedGroup const& group, Seed seed) const {
    std::vector<WinnerLoser> pairs = ordered_pairs(group, unfinished).pairs;
    shuffle(std::span(pairs), seed);
    std::stable_sort(pairs.begin(), pairs.end(),
                     [&](WinnerLoser const& a, WinnerLoser const& b) { return gap_of(group, a) > gap_of(group, b); });
    pairs.resize(std::min(pairs.size(), static_cast<std::size_t>(k)));
    return pairs;
  }
  NoPair reason(JudgedGroup const& group) const { return ordered_pairs(group, unfinished).reason; }
};

} // namespace srlm
