/// The answer closes with a given phrase.
#pragma once
#include <srlm/eval/instruction_argument.hpp>
#include <srlm/eval/letters.hpp>

namespace srlm {

/// The response ends with the phrase, in any case; quotation marks may stand around the response.
struct EndPhrase {
  static constexpr std::string_view name = "startend:end_checker";
  std::string phrase;
  static constexpr auto arguments = std::tuple(argument("end_phrase", &EndPhrase::phrase));

  bool is_kept_by(std::string_view response) const {
    std::string_view text = text::strip(response);
    text = text.substr(0, text.find_last_not_of('"') + 1);
    return text::lower(text).ends_with(text::lower(text::strip(phrase)));
  }
};

} // namespace srlm
