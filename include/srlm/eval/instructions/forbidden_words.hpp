/// None of these words.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <algorithm> // none_of
#include <string>

namespace srlm {

/// None of the words stands in the response as a word of its own, in any case. Inside a longer word it may.
struct ForbiddenWords {
  static constexpr std::string_view name = "keywords:forbidden_words";
  std::vector<std::string> forbidden_words;
  static constexpr auto arguments = std::tuple(argument("forbidden_words", &ForbiddenWords::forbidden_words));

  bool is_kept_by(std::string_view response) const {
    std::string const text = text::lower(response);
    return std::none_of(forbidden_words.begin(), forbidden_words.end(),
                        [&](std::string const& word) { return text::holds_word(text, text::lower(word)); });
  }
};

} // namespace srlm
