#include "group.hpp"
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_product_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>

namespace {

Registered const rows("rows", [](CudaOnHost& b, srlm::testing::Findings& findings) {
  srlm::testing::detail::row_laws(b, findings);
  srlm::testing::detail::update_laws(b, findings);
  for (srlm::Op op_b : {srlm::Op::none, srlm::Op::transpose}) {
    for (float beta : {0.0f, 1.0f}) {
      srlm::testing::detail::product_law(b, {5, 33, 7}, srlm::Op::none, op_b, beta, findings);
      srlm::testing::detail::product_law(b, {5, 33, 0}, srlm::Op::none, op_b, beta, findings);
    }
  }
  srlm::testing::detail::product_law(b, {5, 33, 7}, srlm::Op::transpose, srlm::Op::none, 1.0f, findings);
});

} // namespace
