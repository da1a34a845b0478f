/// So many names in square brackets that stand for something to fill in, or more.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <algorithm> // min
#include <cstddef>

namespace srlm {

/// A placeholder runs from "[" to the next "]" of the same line.
struct NumberOfPlaceholders {
  static constexpr std::string_view name = "detectable_content:number_placeholders";
  std::int64_t placeholders = 0;
  static constexpr auto arguments = std::tuple(argument("num_placeholders", &NumberOfPlaceholders::placeholders));

  bool is_kept_by(std::string_view response) const {
    std::int64_t count = 0;
    bool open = false;
    for (char const c : response) {
      count += open && c == ']' ? 1 : 0;
      open = c == '[' || (open && c != ']' && c != '\n');
    }
    return count >= placeholders;
  }
};

} // namespace srlm
