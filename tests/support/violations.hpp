/// What a test asks of the laws' answer.
#pragma once
#include <srlm/testing/violation.hpp>

/// Whether one of the broken laws has this in its name.
inline bool names(std::vector<srlm::testing::Violation> const& violations, std::string const& law) {
  return srlm::testing::text_of(violations).find(law) != std::string::npos;
}
