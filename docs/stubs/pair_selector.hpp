#pragma once
#include <srlm/concepts/explain.hpp>

class MyPairs {
 public:
  /// Indices into group.responses: who is chosen, who is rejected. The seed decides among equals.
  std::vector<srlm::WinnerLoser> operator()(srlm::JudgedGroup const& group, srlm::Seed /*seed*/) const {
    std::vector<srlm::WinnerLoser> pairs;
    for (std::size_t w = 0; w < group.responses.size(); ++w) {
      for (std::size_t l = 0; l < group.responses.size(); ++l) {
        bool const may_win = group.responses[w].finished && group.responses[w].text != group.responses[l].text;
        if (may_win && group.scores[w] && group.scores[l] && *group.scores[w] > *group.scores[l] + 1) {
          pairs.push_back({w, l}); // yours: every pair with more than a point between them
        }
      }
    }
    return pairs;
  }
};
static_assert(srlm::explain_pair_selector<MyPairs>());
