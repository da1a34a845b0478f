/// One letter, so often or less often.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <string>

namespace srlm {

/// Any character may be asked for. Capital and small letters count alike.
struct LetterFrequency {
  static constexpr std::string_view name = "keywords:letter_frequency";
  std::string letter;
  std::int64_t frequency = 0;
  Relation relation = Relation::at_least;
  static constexpr auto arguments =
      std::tuple(argument("letter", &LetterFrequency::letter), argument("let_frequency", &LetterFrequency::frequency),
                 argument("let_relation", &LetterFrequency::relation));

  bool is_kept_by(std::string_view response) const {
    return holds(text::count_of(text::lower(response), text::lower(letter)), relation, frequency);
  }
};

} // namespace srlm
