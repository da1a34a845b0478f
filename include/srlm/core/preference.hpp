/// What the loop makes on its way: judged groups, then preference pairs (AIFT of the paper, section 2.2).
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/core/verdict.hpp>
#include <cstddef>
#include <vector>

namespace srlm {

/// A prompt, its N candidates and what the judge said of each.
struct JudgedGroup {
  Prompt prompt;
  std::vector<Response> responses;
  std::vector<Score> scores = {};                  ///< one a response: the mean of its usable verdicts
  std::vector<std::vector<Verdict>> verdicts = {}; ///< one list a response; empty where the judge keeps none
  float consistency = 1; ///< how far another ranking of the responses agrees with the scores, 0 to 1 (CREAM)
};

/// Indices into a JudgedGroup: y_w and y_l of the paper.
struct WinnerLoser {
  std::size_t winner, loser;
};

/// (x, y_w, y_l), and the log-probabilities of both under the reference: pi_ref is two numbers a pair.
struct PreferencePair {
  Prompt prompt;
  Response chosen, rejected;
  Score chosen_score = {}, rejected_score = {};
  float reference_chosen = 0, reference_rejected = 0; ///< log pi_ref(y | x) in nats, summed over the response
  float consistency = 1;                              ///< of its group
};

} // namespace srlm
