/// All of these words.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <algorithm> // all_of
#include <string>

namespace srlm {

/// Every keyword stands in the response, in any case, also inside a longer word.
struct KeywordExistence {
  static constexpr std::string_view name = "keywords:existence";
  std::vector<std::string> keywords;
  static constexpr auto arguments = std::tuple(argument("keywords", &KeywordExistence::keywords));

  bool is_kept_by(std::string_view response) const {
    std::string const text = text::lower(response);
    return std::all_of(keywords.begin(), keywords.end(), [&](std::string const& keyword) {
      return text.find(text::lower(keyword)) != std::string::npos;
    });
  }
};

} // namespace srlm
