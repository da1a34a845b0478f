/// Alpaca rows with two answers more, one chosen and one rejected. Read only: the forms of TRL hold the same.
#pragma once
#include <srlm/data/formats/alpaca.hpp>
#include <srlm/data/preference_row.hpp>
#include <array>

namespace srlm {

/// The output, which was the answer before anyone chose, is not used.
struct AlpacaPreferenceFormat {
  static constexpr std::string_view name = "alpaca_preference";
  static constexpr std::string_view form = R"({"instruction", "input", "output", "chosen", "rejected"})";
  static constexpr std::array<std::string_view, 8> fields = {
      "instruction", "input", "chosen", "rejected", score_fields[0], score_fields[1], score_fields[2], score_fields[3]};
  using Row = PreferenceRow;

  static bool recognises(io::Json const& object) {
    return object.contains("instruction") && (object.contains("chosen") || object.contains("rejected"));
  }

  /// Throws: Error at where for a missing or mistyped field and what check_preference refuses.
  static PreferenceRow read(io::Json const& object, std::string const& where) {
    PreferenceRow row{{{"user", alpaca_prompt(object, where)}},
                      io::required_string(object, "chosen", where),
                      io::required_string(object, "rejected", where)};
    read_scores(row, object, where);
    check_preference(row, where);
    return row;
  }
};

} // namespace srlm
