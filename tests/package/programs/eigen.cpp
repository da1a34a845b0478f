/// Uses the tensor policy for the processor alone.
#include <srlm/backend/eigen.hpp>

#include <vector>

int main() {
  std::vector<float> x = {3, 4};
  return srlm::EigenBackend(1).sum_of_squares(x) == 25 ? 0 : 1;
}
