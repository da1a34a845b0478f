/// The one exception of the library: where it happened, what was given, what was expected.
#pragma once
#include <stdexcept>
#include <string>
#include <utility> // move

namespace srlm {

/// Thrown for wrong arguments, wrong files and failing devices. Never for bad data that a run must survive: an
/// unusable verdict is a value (see Verdict).
class Error : public std::runtime_error {
 public:
  explicit Error(std::string const& message) : std::runtime_error(message) {}

  /// Reads as "where: got given, expected expected".
  Error(std::string const& where, std::string const& given, std::string const& expected)
      : std::runtime_error(where + ": got " + given + ", expected " + expected) {}
};

/// Throws Error(where, given, expected) unless the condition holds.
inline void require(bool condition, char const* where, char const* given, char const* expected) {
  if (!condition) {
    throw Error(where, given, expected);
  }
}

} // namespace srlm
