/// So many paragraphs between dividers of three asterisks.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>

namespace srlm {

/// Exactly so many. A divider may open and close the response; between two dividers there must be text.
struct NumberOfParagraphs {
  static constexpr std::string_view name = "length_constraints:number_paragraphs";
  std::int64_t paragraphs = 0;
  static constexpr auto arguments = std::tuple(argument("num_paragraphs", &NumberOfParagraphs::paragraphs));

  bool is_kept_by(std::string_view response) const {
    auto const parts = text::split(response, "***");
    std::int64_t count = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      bool const blank = text::is_blank(parts[i]);
      if (blank && i != 0 && i + 1 != parts.size()) {
        return false;
      }
      count += blank ? 0 : 1;
    }
    return count == paragraphs;
  }
};

} // namespace srlm
