/// A preference as data: a conversation up to the user's last turn, and two answers of which people or a judge chose
/// one.
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/data/conversation.hpp>
#include <array>
#include <charconv> // from_chars, to_chars
#include <cmath>    // isfinite
#include <string>

namespace srlm {

struct PreferenceRow {
  Conversation prompt;
  std::string chosen, rejected;
  Score chosen_score = {}, rejected_score = {};
  bool operator==(PreferenceRow const&) const = default;
};

/// The fields that hold scores: ours, and the others in use.
inline constexpr std::array<std::string_view, 4> score_fields = {"chosen_score", "rejected_score", "score_chosen",
                                                                 "score_rejected"};

/// Throws: BadRow for what check_prompt refuses, an empty chosen answer, and equal answers. A rejected answer may be
/// empty: saying nothing is an answer that one can reject.
inline void check_preference(PreferenceRow const& row, std::string const& where) {
  check_prompt(row.prompt, where + ": the field \"prompt\"");
  if (row.chosen == row.rejected) {
    throw BadRow(RowFault::equal_answers, where, "a chosen text that equals the rejected one", "two different answers");
  }
  if (is_blank_text(row.chosen)) {
    throw BadRow(RowFault::empty_answer, where + ": the field \"chosen\"", "an empty answer", "a text");
  }
}

/// Reads both scores, which may be missing. Throws: Error for one that is no number, or too large for a float.
inline void read_scores(PreferenceRow& row, io::Json const& object, std::string const& where) {
  auto const read = [&](std::string_view ours, std::string_view other) -> Score {
    auto value = io::optional_number(object, std::string(ours), where);
    if (!value) {
      value = io::optional_number(object, std::string(other), where);
    }
    if (value && !std::isfinite(static_cast<float>(*value))) {
      throw BadRow(RowFault::field, where + ": the field \"" + std::string(ours) + "\"", "a number too large",
                   "a score");
    }
    return value ? Score{static_cast<float>(*value)} : std::nullopt;
  };
  row.chosen_score = read(score_fields[0], score_fields[2]);
  row.rejected_score = read(score_fields[1], score_fields[3]);
}

/// Writes the scores that are there, with as many digits as a float has.
inline void write_scores(PreferenceRow const& row, io::OrderedJson& object) {
  auto const write = [&](std::string_view field, Score const& score) {
    if (score) {
      char digits[32];
      char const* const end = std::to_chars(digits, digits + sizeof digits, *score).ptr;
      double shortest = 0;
      std::from_chars(digits, end, shortest);
      object[std::string(field)] = shortest;
    }
  };
  write(score_fields[0], row.chosen_score);
  write(score_fields[1], row.rejected_score);
}

/// The pair for a model, chat template applied. Throws: as encode_messages.
template <Tokenizer T>
PreferencePair encode_preference(T const& tokenizer, PreferenceRow const& row) {
  PreferencePair pair{encode_messages(tokenizer, row.prompt),
                      {row.chosen, tokenizer.encode_response(row.chosen)},
                      {row.rejected, tokenizer.encode_response(row.rejected)}};
  pair.chosen_score = row.chosen_score;
  pair.rejected_score = row.rejected_score;
  return pair;
}

} // namespace srlm
