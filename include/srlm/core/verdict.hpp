/// One judgement of one response. A judgement that failed is a value of its own, never a number.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace srlm {

using Score = std::optional<float>; ///< nullopt: no usable verdict

/// Why a judgement gave no score.
enum class VerdictCause {
  none,           ///< it gave one
  no_score,       ///< the text holds no score line
  out_of_range,   ///< a score line outside the rubric's scale
  unfinished,     ///< cut off by the length limit before a score
  prompt_too_long ///< the judge's question does not fit into the context
};

inline constexpr VerdictCause verdict_causes[] = {VerdictCause::none, VerdictCause::no_score,
                                                  VerdictCause::out_of_range, VerdictCause::unfinished,
                                                  VerdictCause::prompt_too_long};

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
  }
  return "unknown";
}

/// score and cause exclude each other: cause is none exactly when there is a score.
struct Verdict {
  Score score;
  VerdictCause cause = VerdictCause::none;
  std::string text; ///< what the judge wrote, its reasoning included
};

} // namespace srlm
