/// So many sections, each under a heading with its number.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <string>

namespace srlm {

/// At least so many. A section begins where the word stands, in these letters, and a number behind it, with one white
/// space between them at most.
struct MultipleSections {
  static constexpr std::string_view name = "detectable_format:multiple_sections";
  std::string word;
  std::int64_t sections = 0;
  static constexpr auto arguments = std::tuple(argument("section_spliter", &MultipleSections::word),
                                               argument("num_sections", &MultipleSections::sections));

  bool is_kept_by(std::string_view response) const {
    auto const parts = text::split(response, text::strip(word));
    std::int64_t count = 0;
    for (std::size_t i = 1; i < parts.size(); ++i) {
      std::string_view rest = parts[i];
      rest.remove_prefix(!rest.empty() && ascii::is_space(rest.front()) ? 1 : 0);
      count += !rest.empty() && ascii::is_digit(rest.front()) ? 1 : 0;
    }
    return count >= sections;
  }
};

} // namespace srlm
