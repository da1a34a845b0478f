/// Between quotation marks from beginning to end.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/text/utf8.hpp>

namespace srlm {

/// The straight mark begins and ends the response.
struct Quotation {
  static constexpr std::string_view name = "startend:quotation";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    std::string_view const text = text::strip(response);
    return text.size() > 1 && text.front() == '"' && text.back() == '"';
  }
};

} // namespace srlm
