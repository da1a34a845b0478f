/// The program of a stranger who uses the core alone, a component or all of the library.
#ifdef CONSUMER_USES_core
#if __has_include(<srlm/self_rewarding.hpp>)
#include <srlm/self_rewarding.hpp>
#endif
#elif defined(CONSUMER_USES_remote)
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/remote_judge.hpp>
srlm::RemoteJudge<srlm::AdditiveRubric> judge() {
  return srlm::RemoteJudge{srlm::AdditiveRubric{}, {.server = {.base_url = "http://localhost", .model = "m"}}};
}
#elif defined(CONSUMER_USES_xtensor)
#include <srlm/backend/xtensor.hpp>
double length() {
  std::vector<float> x = {3, 4};
  return srlm::XtensorBackend(1).sum_of_squares(x);
}
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
