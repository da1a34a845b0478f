/// The request itself, unchanged, and then the answer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// The response begins with the request, in any case.
struct RepeatPrompt {
  static constexpr std::string_view name = "combination:repeat_prompt";
  std::string request;
  static constexpr auto arguments = std::tuple(argument("prompt_to_repeat", &RepeatPrompt::request));

  bool is_kept_by(std::string_view response) const {
    return text::lower(text::strip(response)).starts_with(text::lower(text::strip(request)));
  }
};

} // namespace srlm
