/// Uses the whole library: what srlm.hpp includes, linked, and Eigen's arithmetic.
#include <srlm/srlm.hpp>

#include <cstdio>
#include <vector>

int main() {
  std::vector<float> x = {3, 4};
  double const square = srlm::EigenBackend(1).sum_of_squares(x);
  std::printf("srlm %s: |x|^2 = %g\n", srlm::version, square);
  return square == 25 ? 0 : 1;
}
