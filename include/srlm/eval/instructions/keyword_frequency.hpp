/// One word, so often or less often.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/text_search.hpp>
#include <string>

namespace srlm {

/// The keyword is counted in any case, also inside a longer word, without overlaps.
struct KeywordFrequency {
  static constexpr std::string_view name = "keywords:frequency";
  std::string keyword;
  std::int64_t frequency = 0;
  Relation relation = Relation::at_least;
  static constexpr auto arguments =
      std::tuple(argument("keyword", &KeywordFrequency::keyword), argument("frequency", &KeywordFrequency::frequency),
                 argument("relation", &KeywordFrequency::relation));

  bool is_kept_by(std::string_view response) const {
    return holds(text::count_of(text::lower(response), text::lower(text::strip(keyword))), relation, frequency);
  }
};

} // namespace srlm
