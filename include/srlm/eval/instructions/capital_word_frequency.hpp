/// So many words in capitals, or fewer.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// A word in capitals has a capital letter and no small one. Words end at white space, apostrophes, quotation marks,
/// brackets, long dashes and at , ; : ? ! & @ # $ % *: "WELL-KNOWN" is one, "IT'S" is two.
struct CapitalWordFrequency {
  static constexpr std::string_view name = "change_case:capital_word_frequency";
  std::int64_t frequency = 0;
  Relation relation = Relation::at_least;
  static constexpr auto arguments = std::tuple(argument("capital_frequency", &CapitalWordFrequency::frequency),
                                               argument("capital_relation", &CapitalWordFrequency::relation));

  bool is_kept_by(std::string_view response) const {
    std::size_t count = 0;
    bool has_capital = false, has_small = false;
    auto const end_word = [&] {
      count += has_capital && !has_small ? 1 : 0;
      has_capital = has_small = false;
    };
    text::for_each_character(response, [&](std::uint32_t code, std::string_view bytes) {
      constexpr std::string_view borders = "'\"`()[]{}<>*,;:?!&@#$%";
      if (text::is_python_space(code) || borders.find(bytes) != std::string_view::npos ||
          (code >= 0x2013 && code <= 0x201F)) {
        end_word();
      }
      has_capital = has_capital || text::is_capital(code);
      has_small = has_small || text::is_small(code);
    });
    end_word();
    return holds(count, relation, frequency);
  }
};

} // namespace srlm
