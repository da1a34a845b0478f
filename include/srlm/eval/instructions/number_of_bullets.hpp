/// A list of so many points, no more and no fewer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <algorithm> // min

namespace srlm {

/// A bullet is a line that begins, behind white space, with "-", or with "*" and a character that is no "*".
struct NumberOfBullets {
  static constexpr std::string_view name = "detectable_format:number_bullet_lists";
  std::int64_t bullets = 0;
  static constexpr auto arguments = std::tuple(argument("num_bullets", &NumberOfBullets::bullets));

  bool is_kept_by(std::string_view response) const {
    std::int64_t count = 0;
    for (std::string_view const line : text::split(response, "\n")) {
      std::string_view const content = line.substr(std::min(line.find_first_not_of(" \t\r\f\v"), line.size()));
      bool const star = content.size() > 1 && content[0] == '*' && content[1] != '*';
      count += star || content.starts_with('-') ? 1 : 0;
    }
    return count == bullets;
  }
};

} // namespace srlm
