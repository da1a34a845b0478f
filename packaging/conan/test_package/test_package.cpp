/// Uses what the package has: the core alone, or also each dependency of srlm::srlm.
#include <srlm/core.hpp>
#include <srlm/core/version.hpp>
#ifdef WITH_SRLM
#include <srlm/backend/eigen.hpp>
#include <srlm/io/json.hpp>
#include <srlm/text/pattern.hpp>
#endif
#include <cstdio>

int main() {
#ifdef WITH_SRLM
  srlm::text::Pattern const digits("\\d");
  auto x = srlm::io::parse_json("[3, 4]", "here").get<std::vector<float>>();
  std::printf("|x|^2 = %g\n", srlm::EigenBackend(1).sum_of_squares(x));
#endif
  std::printf("srlm %s\n", srlm::version);
}
