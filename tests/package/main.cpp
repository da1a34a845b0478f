/// The program of a stranger who uses the core alone or all of the library.
#ifdef CONSUMER_USES_core
#if __has_include(<srlm/self_rewarding.hpp>)
#include <srlm/self_rewarding.hpp>
#endif
#else
#if __has_include(<srlm/srlm.hpp>)
#include <srlm/srlm.hpp>
#endif
#endif

#include <srlm/core/seed.hpp>
#include <srlm/core/version.hpp>

#include <cstdio>

int main() {
  bool const right = srlm::Seed{1}.fork(2) == srlm::Seed{1}.fork(2) && srlm::Seed{1}.fork(2) != srlm::Seed{1}.fork(3);
  std::printf("srlm %s: %s\n", srlm::version, right ? "right" : "wrong");
  return right ? 0 : 1;
}
