/// So many passages between asterisks, or more.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>

namespace srlm {

/// A highlight is text of one line between two "*" or between two "**", without a "*" inside. Where three open and
/// close it, it is both.
struct NumberOfHighlights {
  static constexpr std::string_view name = "detectable_format:number_highlighted_sections";
  std::int64_t highlights = 0;
  static constexpr auto arguments = std::tuple(argument("num_highlights", &NumberOfHighlights::highlights));

  bool is_kept_by(std::string_view response) const {
    return count_between(response, "*") + count_between(response, "**") >= highlights;
  }

 private:
  static std::int64_t count_between(std::string_view response, std::string_view mark) {
    std::int64_t count = 0;
    for (std::size_t at = 0; (at = response.find(mark, at)) != std::string_view::npos;) {
      std::size_t const begin = at + mark.size();
      std::size_t const end = std::min(response.find_first_of("*\n", begin), response.size());
      if (response.substr(end).starts_with(mark)) {
        count += text::is_blank(response.substr(begin, end - begin)) ? 0 : 1;
        at = end + mark.size();
      } else {
        ++at;
      }
    }
    return count;
  }
};

} // namespace srlm
