/// One judgement of one response. A judgement that failed is a value of its own, never a number.
#pragma once
#include <srlm/core/shared_tokens.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace srlm {

using Score = std::optional<float>; ///< nullopt: no usable verdict

/// Why a judgement gave no score.
enum class VerdictCause {
  none,            ///< it gave one
  no_score,        ///< the text holds no score line
  out_of_range,    ///< a score line outside the rubric's scale
  unfinished,      ///< cut off by the length limit before a score
  prompt_too_long, ///< the judge's question does not fit into the context
  no_answer,       ///< a judge elsewhere gave no answer: it failed, was not reached or took too long, on every try
  bad_answer       ///< a judge elsewhere answered with something that holds no verdict's text
};

inline constexpr VerdictCause verdict_causes[] = {
    VerdictCause::none,       VerdictCause::no_score,        VerdictCause::out_of_range,
    VerdictCause::unfinished, VerdictCause::prompt_too_long, VerdictCause::no_answer,
    VerdictCause::bad_answer};

constexpr std::string_view name_of(VerdictCause cause) {
  switch (cause) {
  case VerdictCause::none:
    return "none";
  case VerdictCause::no_score:
    return "no_score";
  case VerdictCause::out_of_range:
    return "out_of_range";
  case VerdictCause::unfinished:
    return "unfinished";
  case VerdictCause::prompt_too_long:
    return "prompt_too_long";
  case VerdictCause::no_answer:
    return "no_answer";
  case VerdictCause::bad_answer:
    return "bad_answer";
  }
  return "unknown";
}

/// score and cause exclude each other: cause is none exactly when there is a score.
struct Verdict {
  Score score;
  VerdictCause cause = VerdictCause::none;
  std::string text;         ///< what the judge wrote, its reasoning included; where it wrote nothing, what came instead
  SharedTokens tokens = {}; ///< the ids of the text as the judge wrote them, where it is asked to keep them
};

/// Which of two is better, by the order in which they were shown.
enum class Better { first, second, tie };

/// One comparison of two. better and cause exclude each other as in Verdict.
struct Comparison {
  std::optional<Better> better;
  VerdictCause cause = VerdictCause::none;
  std::string text; ///< what the judge wrote
};

} // namespace srlm
