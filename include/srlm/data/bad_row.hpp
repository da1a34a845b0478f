/// Rows of data that cannot be used, with their cause: an error where they end the reading, a count where they do not.
#pragma once
#include <srlm/core/error.hpp>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace srlm {

/// Why a row cannot be used.
enum class RowFault {
  syntax,        ///< not a JSON object
  field,         ///< a field is missing, or of a wrong type or value
  no_prompt,     ///< the prompt is blank, or cannot be told from the answers
  empty_answer,  ///< an answer says nothing
  equal_answers, ///< chosen and rejected are the same
  roles,         ///< unknown roles, or an order of them that is no conversation
  repeated,      ///< a prompt or an id that an earlier row has
  tree,          ///< a message that contradicts its place in the tree
  too_long,      ///< longer than the model's context
  no_place,      ///< the format that is written cannot hold the row
};

/// Every fault, for reports.
inline constexpr std::array row_faults = {
    RowFault::syntax, RowFault::field,    RowFault::no_prompt, RowFault::empty_answer, RowFault::equal_answers,
    RowFault::roles,  RowFault::repeated, RowFault::tree,      RowFault::too_long,     RowFault::no_place};

/// The fault as reports write it.
constexpr std::string_view name(RowFault fault) {
  constexpr std::string_view names[] = {"syntax", "field",    "no_prompt", "empty_answer", "equal_answers",
                                        "roles",  "repeated", "tree",      "too_long",     "no_place"};
  return names[static_cast<std::size_t>(fault)];
}

/// An error of one row. where: "file:line", and the field if one is to blame.
class BadRow : public Error {
 public:
  BadRow(RowFault fault, std::string const& where, std::string const& given, std::string const& expected)
      : Error(where, given, expected), fault_(fault) {}
  /// What another part of the library said of the row.
  BadRow(RowFault fault, std::string const& message) : Error(message), fault_(fault) {}

  RowFault fault() const { return fault_; }

 private:
  RowFault fault_;
};

} // namespace srlm
