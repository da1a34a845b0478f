/// So many words, or fewer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// A word is a stretch of letters, digits and underscores: "don't" is two.
struct NumberOfWords {
  static constexpr std::string_view name = "length_constraints:number_words";
  std::int64_t words = 0;
  Relation relation = Relation::at_least;
  static constexpr auto arguments =
      std::tuple(argument("num_words", &NumberOfWords::words), argument("relation", &NumberOfWords::relation));

  bool is_kept_by(std::string_view response) const { return holds(text::count_words(response), relation, words); }
};

} // namespace srlm
