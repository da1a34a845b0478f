/// Uses the component onednn alone.
#include <srlm/backend/onednn.hpp>

#include <vector>

int main() {
  srlm::OneDnnBackend backend(1);
  std::vector<float> a = {3, 4}, c = {0};
  auto const row = srlm::matrix<srlm::OneDnnBackend>(a, 1, 2);
  backend.matmul(1, row, srlm::Op::none, row, srlm::Op::transpose, 0, srlm::matrix<srlm::OneDnnBackend>(c, 1, 1));
  return c[0] == 25 ? 0 : 1;
}
