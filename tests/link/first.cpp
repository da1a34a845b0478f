/// Two translation units that include every header must link into one program: a function that is neither a template
/// nor inline is defined twice, and the linker says so.
#include "every_header.hpp"

#include <cstdio>

char const* const* version_seen_by_second();

int main() {
  if (&srlm::version != version_seen_by_second()) {
    std::puts("srlm::version is two objects in one program: it is not inline");
    return 1;
  }
  return 0;
}
