/// The other half of first.cpp.
#include "every_header.hpp"

char const* const* version_seen_by_second();

char const* const* version_seen_by_second() { return &srlm::version; }
