/// A judge whose model never changes: any judge, asking a second model instead of the policy.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <utility> // move

namespace srlm {

/// The model must outlive the judge. Questions are put through its own tokenizer, so it may be of another family.
template <class J, class M>
class FrozenJudge {
  static_assert(Judge<J, M>, "srlm: FrozenJudge needs a judge that can ask this model");

 public:
  static constexpr std::string_view name = "frozen";
  static constexpr std::string_view source = "Lee et al. 2023, arXiv 2309.00267 (AI feedback from a model apart)";

  FrozenJudge(J judge, M& model) : judge_(std::move(judge)), model_(&model) {}

  template <class P>
  void score(P&, std::span<JudgedGroup> groups, Seed seed) {
    judge_.score(*model_, groups, seed);
  }

 private:
  J judge_;
  M* model_;
};

} // namespace srlm
