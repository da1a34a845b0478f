/// A judge that is any function: a checker, a reward model, a person at a keyboard. It ignores the policy.
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/core/seed.hpp>
#include <cmath> // isnan
#include <concepts>
#include <span>
#include <string_view>
#include <utility> // move

namespace srlm {

/// F: Score(Prompt const&, Response const&); nullopt where it cannot say. NaN counts as nullopt.
template <class F>
class FunctionJudge {
 public:
  static constexpr std::string_view name = "function";
  static constexpr std::string_view source = "a judge that is no model";

  explicit FunctionJudge(F f) : f_(std::move(f)) {}

  template <class P>
  void score(P&, std::span<JudgedGroup> groups, Seed) {
    static_assert(std::invocable<F&, Prompt const&, Response const&>,
                  "srlm: a FunctionJudge needs a function  Score(Prompt const&, Response const&)");
    for (JudgedGroup& group : groups) {
      group.scores.clear();
      group.verdicts.clear();
      for (Response const& response : group.responses) {
        Score score = f_(group.prompt, response);
        if (score && std::isnan(*score)) {
          score.reset();
        }
        group.scores.push_back(score);
      }
    }
  }

 private:
  F f_;
};

} // namespace srlm
