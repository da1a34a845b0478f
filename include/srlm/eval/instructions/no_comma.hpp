/// Without a comma.
#pragma once
#include <srlm/eval/instruction_argument.hpp>

namespace srlm {

struct NoComma {
  static constexpr std::string_view name = "punctuation:no_comma";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const { return response.find(',') == std::string_view::npos; }
};

} // namespace srlm
