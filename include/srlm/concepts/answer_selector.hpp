/// AnswerSelector: which answers are good enough to be learned as they are (appendix A.4, positive examples only).
#pragma once
#include <srlm/core/preference.hpp>
#include <concepts>
#include <vector>

namespace srlm {

/// Indices into group.responses. Semantics: never an answer without a score, nor an unfinished one.
template <class S>
concept AnswerSelector = requires(S const& select, JudgedGroup const& group) {
  { select(group) } -> std::same_as<std::vector<std::size_t>>;
};

} // namespace srlm
