/// One plain sentence for each missing piece. Compilers explain an unmet concept in many lines or not at all; a
/// sentence of ours is shown by all of them. Use after your class:  static_assert(srlm::explain_policy<MyModel>());
/// The sentences of the tensor backend stand in concepts/explain_tensor_backend.hpp.
#pragma once
#include <srlm/concepts/explain_data.hpp>
#include <srlm/concepts/explain_judge.hpp>
#include <srlm/concepts/explain_policy.hpp>
#include <srlm/concepts/explain_run.hpp>
#include <srlm/concepts/explain_training.hpp>
