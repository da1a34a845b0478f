/// TRL's preference format with the prompt inside both answers (implicit), in strings.
#pragma once
#include <srlm/data/implicit_prompt.hpp>
#include <srlm/data/preference_row.hpp>
#include <array>

namespace srlm {

struct PreferenceImplicitFormat {
  static constexpr std::string_view name = "preference_implicit";
  static constexpr std::string_view form = R"({"chosen", "rejected"}, both beginning with the prompt)";
  static constexpr std::array<std::string_view, 6> fields = {"chosen",        "rejected",      score_fields[0],
                                                             score_fields[1], score_fields[2], score_fields[3]};
  using Row = PreferenceRow;

  static bool recognises(io::Json const& object) {
    return object.contains("chosen") && object.contains("rejected") && !object.contains("prompt");
  }

  /// The prompt is what implicit_prompt_length says. Throws: Error at where for a missing or mistyped field, for a
  /// prompt by its own name, for texts without a common beginning, for one text that is the beginning of the other, and
  /// for what check_preference refuses.
  static PreferenceRow read(io::Json const& object, std::string const& where) {
    if (object.contains("prompt")) {
      throw BadRow(RowFault::field, where, "a field \"prompt\"", "none: both answers begin with the prompt");
    }
    std::string const chosen = io::required_string(object, "chosen", where);
    std::string const rejected = io::required_string(object, "rejected", where);
    if (chosen == rejected) {
      throw BadRow(RowFault::equal_answers, where, "a chosen text that equals the rejected one",
                   "two different answers");
    }
    std::size_t const length = implicit_prompt_length(chosen, rejected);
    if (is_blank_text(std::string_view(chosen).substr(0, length))) {
      throw BadRow(RowFault::no_prompt, where, "chosen and rejected without a common beginning",
                   "a field \"prompt\", or a prompt with which both begin");
    }
    for (std::string const* text : {&chosen, &rejected}) {
      if (is_blank_text(std::string_view(*text).substr(length))) {
        throw BadRow(RowFault::empty_answer, where, "one text that is the beginning of the other",
                     "a prompt and two answers");
      }
    }
    PreferenceRow row{{{"user", chosen.substr(0, length)}}, chosen.substr(length), rejected.substr(length)};
    read_scores(row, object, where);
    check_preference(row, where);
    return row;
  }

  /// Throws: BadRow for a prompt of more than one turn, and where reading would find another border between prompt and
  /// answers than the row has.
  static io::OrderedJson write(PreferenceRow const& row, std::string const& where) {
    std::string const& prompt = single_prompt(row.prompt, name, where);
    io::OrderedJson object{{"chosen", prompt + row.chosen}, {"rejected", prompt + row.rejected}};
    if (implicit_prompt_length(prompt + row.chosen, prompt + row.rejected) != prompt.size() ||
        is_blank_text(row.rejected)) {
      throw BadRow(RowFault::no_place, where, "answers that leave no trace of where the prompt ends",
                   "answers that begin differently, after a prompt that ends a word; or another format");
    }
    write_scores(row, object);
    return object;
  }
};

} // namespace srlm
