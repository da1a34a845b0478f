/// Uses the component xtensor alone.
#include <srlm/backend/xtensor.hpp>

#include <vector>

int main() {
  std::vector<float> x = {3, 4};
  return srlm::XtensorBackend(1).sum_of_squares(x) == 25 ? 0 : 1;
}
