/// TRL's preference format with the prompt by its name (explicit), in strings: one turn of the user and two answers.
#pragma once
#include <srlm/data/preference_row.hpp>
#include <array>

namespace srlm {

struct PreferenceFormat {
  static constexpr std::string_view name = "preference";
  static constexpr std::string_view form = R"({"prompt", "chosen", "rejected"})";
  static constexpr std::array<std::string_view, 7> fields = {
      "prompt", "chosen", "rejected", score_fields[0], score_fields[1], score_fields[2], score_fields[3]};
  using Row = PreferenceRow;

  static bool recognises(io::Json const& object) {
    return object.contains("prompt") && (object.contains("chosen") || object.contains("rejected"));
  }

  /// Throws: Error at where for a missing or mistyped field and what check_preference refuses.
  static PreferenceRow read(io::Json const& object, std::string const& where) {
    auto const text = [&](char const* field) {
      io::Json const& value = io::required_field(object, field, where);
      if (value.is_array()) {
        throw BadRow(RowFault::field, where + ": the field \"" + field + '"', "a list of messages",
                     "a string, as the other fields are");
      }
      return io::required_string(object, field, where);
    };
    PreferenceRow row{{{"user", text("prompt")}}, text("chosen"), text("rejected")};
    read_scores(row, object, where);
    check_preference(row, where);
    return row;
  }

  /// Throws: BadRow for a prompt of more than one turn.
  static io::OrderedJson write(PreferenceRow const& row, std::string const& where) {
    io::OrderedJson object{
        {"prompt", single_prompt(row.prompt, name, where)}, {"chosen", row.chosen}, {"rejected", row.rejected}};
    write_scores(row, object);
    return object;
  }
};

} // namespace srlm
