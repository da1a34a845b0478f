/// The judges of the library that a model can be asked through, once: tests, documentation and command line are made
/// from this list. FunctionJudge (any function), FrozenJudge (any of these over a second model) and ConsistencyJudge
/// (any of these with a second ranking) stand around them.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/judge/consistency_judge.hpp>
#include <srlm/judge/expected_score_judge.hpp>
#include <srlm/judge/frozen_judge.hpp>
#include <srlm/judge/function_judge.hpp>
#include <srlm/judge/implicit_reward.hpp>
#include <srlm/judge/llm_judge.hpp>
#include <srlm/judge/meta_judge.hpp>
#include <srlm/judge/pairwise_judge.hpp>
#include <srlm/judge/rubrics.hpp>

namespace srlm {

/// R: the rubric; M: the reference of the implicit reward.
template <class R = AdditiveRubric, class M = NoReference>
using Judges = TypeList<LlmJudge<R>, ExpectedScoreJudge<R>, PairwiseJudge<>, MetaJudge<R>, ImplicitRewardJudge<M>>;

} // namespace srlm
