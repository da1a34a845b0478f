/// What was usable but not asked for, counted by cause.
#pragma once
#include <cstddef>
#include <map>
#include <string>

namespace srlm {

using LeftOut = std::map<std::string, std::size_t>;

} // namespace srlm
