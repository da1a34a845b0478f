#pragma once
#include <srlm/concepts/explain.hpp>

class MyAnswers {
 public:
  /// Indices into group.responses: which answers are learned as they are.
  std::vector<std::size_t> operator()(srlm::JudgedGroup const& group) const {
    std::vector<std::size_t> answers;
    for (std::size_t i = 0; i < group.responses.size(); ++i) {
      if (group.responses[i].finished && group.scores[i] && *group.scores[i] >= 5) {
        answers.push_back(i); // yours
      }
    }
    return answers;
  }
};
static_assert(srlm::explain_answer_selector<MyAnswers>());
