/// The kinds of verifiable instructions, once: reading, evaluation, tests and documentation are made from this list. A
/// new kind is a file of its own and a line here. Ids, arguments and what counts as kept: IFEval (Zhou et al. 2023,
/// arXiv 2311.07911), 24 of its 25 kinds; the language of a response is not looked at.
#pragma once
#include <srlm/core/type_list.hpp>
#include <srlm/eval/instructions/capital_word_frequency.hpp>
#include <srlm/eval/instructions/constrained_response.hpp>
#include <srlm/eval/instructions/end_phrase.hpp>
#include <srlm/eval/instructions/english_capital.hpp>
#include <srlm/eval/instructions/english_lowercase.hpp>
#include <srlm/eval/instructions/forbidden_words.hpp>
#include <srlm/eval/instructions/json_format.hpp>
#include <srlm/eval/instructions/keyword_existence.hpp>
#include <srlm/eval/instructions/keyword_frequency.hpp>
#include <srlm/eval/instructions/letter_frequency.hpp>
#include <srlm/eval/instructions/multiple_sections.hpp>
#include <srlm/eval/instructions/no_comma.hpp>
#include <srlm/eval/instructions/nth_paragraph_first_word.hpp>
#include <srlm/eval/instructions/number_of_bullets.hpp>
#include <srlm/eval/instructions/number_of_highlights.hpp>
#include <srlm/eval/instructions/number_of_paragraphs.hpp>
#include <srlm/eval/instructions/number_of_placeholders.hpp>
#include <srlm/eval/instructions/number_of_sentences.hpp>
#include <srlm/eval/instructions/number_of_words.hpp>
#include <srlm/eval/instructions/postscript.hpp>
#include <srlm/eval/instructions/quotation.hpp>
#include <srlm/eval/instructions/repeat_prompt.hpp>
#include <srlm/eval/instructions/title.hpp>
#include <srlm/eval/instructions/two_responses.hpp>
#include <variant>

namespace srlm {

using Instructions =
    TypeList<KeywordExistence, KeywordFrequency, ForbiddenWords, LetterFrequency, NumberOfSentences, NumberOfParagraphs,
             NumberOfWords, NthParagraphFirstWord, NumberOfPlaceholders, Postscript, NumberOfBullets,
             ConstrainedResponse, NumberOfHighlights, MultipleSections, JsonFormat, TitleInBrackets, TwoResponses,
             RepeatPrompt, EndPhrase, Quotation, CapitalWordFrequency, EnglishCapital, EnglishLowercase, NoComma>;

namespace detail {

template <class List>
struct VariantOf;
template <InstructionKind... Kinds>
struct VariantOf<TypeList<Kinds...>> {
  using type = std::variant<Kinds...>;
};

} // namespace detail

/// One instruction of any kind, with its arguments.
using Instruction = detail::VariantOf<Instructions>::type;

/// The id of its kind.
inline std::string_view name_of(Instruction const& instruction) {
  return std::visit([](auto const& kind) -> std::string_view { return kind.name; }, instruction);
}

/// Whether a response keeps it as it stands. A blank response keeps nothing.
inline bool is_kept(Instruction const& instruction, std::string_view response) {
  return !text::is_blank(response) &&
         std::visit([&](auto const& kind) { return kind.is_kept_by(response); }, instruction);
}

/// Whether one of eight readings of the response keeps it: as it stands, without its first line, its last line or
/// both, each of these with and without its "*" (IFEval's loose accuracy).
inline bool is_kept_loosely(Instruction const& instruction, std::string_view response) {
  std::size_t const first_end = response.find('\n'), last_begin = response.rfind('\n');
  std::string_view const all = response;
  std::string_view const without_first =
      first_end == std::string_view::npos ? std::string_view{} : text::strip(all.substr(first_end + 1));
  std::string_view const without_last =
      last_begin == std::string_view::npos ? std::string_view{} : text::strip(all.substr(0, last_begin));
  std::string_view const without_both =
      first_end == last_begin ? std::string_view{} : text::strip(all.substr(first_end + 1, last_begin - first_end - 1));
  for (std::string_view const reading : {all, without_first, without_last, without_both}) {
    std::string plain(reading);
    std::erase(plain, '*');
    if (is_kept(instruction, reading) || is_kept(instruction, plain)) {
      return true;
    }
  }
  return false;
}

} // namespace srlm
