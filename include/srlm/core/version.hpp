/// The version of the library, for programs that record what produced a result.
#pragma once

namespace srlm {

inline constexpr char const* version = "0.1.0";

} // namespace srlm
