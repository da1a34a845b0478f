/// A title between double angle brackets.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>

namespace srlm {

/// A line holds "<<" and, behind it, ">>", with something between them that is neither a bracket nor white space.
struct TitleInBrackets {
  static constexpr std::string_view name = "detectable_format:title";
  static constexpr auto arguments = std::tuple();

  bool is_kept_by(std::string_view response) const {
    for (std::string_view const line : text::split(response, "\n")) {
      std::size_t const begin = line.find("<<"), end = line.rfind(">>");
      if (begin != std::string_view::npos && end != std::string_view::npos && end > begin &&
          holds_title(line.substr(begin, end - begin))) {
        return true;
      }
    }
    return false;
  }

 private:
  static bool holds_title(std::string_view title) {
    title.remove_prefix(std::min(title.find_first_not_of('<'), title.size()));
    title = title.substr(0, title.find_last_not_of('>') + 1);
    return !text::is_blank(title);
  }
};

} // namespace srlm
