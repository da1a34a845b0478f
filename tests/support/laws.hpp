/// Reading what laws found.
#pragma once
#include <srlm/testing/violation.hpp>
#include <string>
#include <vector>

using Violations = std::vector<srlm::testing::Violation>;

/// Whether one of them is of that law, or of one whose name has that part.
inline bool names(Violations const& violations, std::string const& law) {
  for (auto const& v : violations) {
    if (v.law.find(law) != std::string::npos) {
      return true;
    }
  }
  return false;
}

/// Them all, a line each.
inline std::string text_of(Violations const& violations) {
  std::string text;
  for (auto const& v : violations) {
    text += v.law + "  (error " + std::to_string(v.error) + ")\n";
  }
  return text;
}
