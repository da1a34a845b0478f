/// The rubrics of the library, once: tests, documentation and command line are made from this list.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/multiple_choice_rubric.hpp>

namespace srlm {

using Rubrics = TypeList<AdditiveRubric, MultipleChoiceRubric>;

} // namespace srlm
