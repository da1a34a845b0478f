/// Catch2, version 2 (Debian 12) or version 3 (Ubuntu 24.04), under the names of version 3: tests include this file
/// and write Catch::Approx, Catch::Matchers::ContainsSubstring, StartsWith, EndsWith, WithinAbs and WithinRel.
#pragma once

#if __has_include(<catch2/catch_test_macros.hpp>)
#include <catch2/catch_approx.hpp>
#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_all.hpp>
#include <catch2/matchers/catch_matchers_all.hpp>
#else
#include <catch2/catch.hpp>

#include <string>

namespace Catch {

using Detail::Approx;

namespace Matchers {

/// Version 3 calls the string matcher so; version 2 calls it Contains, which in version 3 is about ranges.
inline StdString::ContainsMatcher ContainsSubstring(std::string const& part,
                                                    CaseSensitive::Choice sensitivity = CaseSensitive::Yes) {
  return Contains(part, sensitivity);
}

} // namespace Matchers
} // namespace Catch
#endif
