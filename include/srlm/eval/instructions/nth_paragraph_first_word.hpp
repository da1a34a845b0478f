/// So many paragraphs, one of which begins with a given word.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <string>

namespace srlm {

/// Exactly so many paragraphs that are not blank. The one at place i, blank ones counted, begins with the word, in any
/// case, behind quotation marks at most; the word ends at white space or at one of . , ? ! ' "
struct NthParagraphFirstWord {
  static constexpr std::string_view name = "length_constraints:nth_paragraph_first_word";
  std::int64_t paragraphs = 0, place = 0;
  std::string first_word;
  static constexpr auto arguments = std::tuple(argument("num_paragraphs", &NthParagraphFirstWord::paragraphs),
                                               argument("nth_paragraph", &NthParagraphFirstWord::place),
                                               argument("first_word", &NthParagraphFirstWord::first_word));

  bool is_kept_by(std::string_view response) const {
    auto const parts = text::split(response, "\n\n");
    std::int64_t count = 0;
    for (std::string_view const part : parts) {
      count += text::is_blank(part) ? 0 : 1;
    }
    if (count != paragraphs || place < 1 || place > count) {
      return false;
    }
    auto const words = text::split_at_space(parts[static_cast<std::size_t>(place - 1)]);
    return !words.empty() && text::lower(without_marks(words.front())) == text::lower(first_word);
  }

 private:
  static std::string_view without_marks(std::string_view word) {
    for (char const quote : {'\'', '"'}) {
      word.remove_prefix(std::min(word.find_first_not_of(quote), word.size()));
    }
    return word.substr(0, word.find_first_of(".,?!'\""));
  }
};

} // namespace srlm
