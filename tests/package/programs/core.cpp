/// Uses the core: the loop's headers, and a function that is compiled here.
#include <srlm/core.hpp>
#include <srlm/core/version.hpp>
#include <srlm/self_rewarding.hpp>

#include <cstdio>

int main() {
  bool const right = srlm::Seed{1}.fork(2) == srlm::Seed{1}.fork(2) && srlm::Seed{1}.fork(2) != srlm::Seed{1}.fork(3);
  std::printf("srlm %s: %s\n", srlm::version, right ? "right" : "wrong");
  return right ? 0 : 1;
}
