#include "group.hpp"
#include <srlm/backend/cuda_bf16.cuh>
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_product_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>

namespace {

/// Products of bf16, and what is kept of a weight: an AdamW step of 0.5 shows in the next product.
void bf16_laws(srlm::testing::Findings& findings) {
  using srlm::Op;
  srlm::BasicCudaBf16Backend<HostDevice> b(std::make_shared<HostDevice>());
  srlm::testing::Findings rounded(srlm::testing::tolerance::kernel * (0x1p-9 / srlm::testing::tolerance::product));
  srlm::testing::detail::product_law(b, {5, 33, 7}, Op::none, Op::transpose, 1.0f, rounded);
  srlm::testing::detail::product_law(b, {5, 33, 7}, Op::transpose, Op::none, 1.0f, rounded);
  auto const broken = std::move(rounded).take();
  findings.expect_true(("in bf16: " + srlm::testing::text_of(broken)).c_str(), broken.empty());

  using Placed = srlm::testing::Placed<decltype(b)>;
  std::vector<float> const ones(4, 1.0f), none(4, 0.0f);
  Placed const weight(b, 2, 2, ones), x(b, 2, 2, ones), gradient(b, 2, 2, ones), first(b, 2, 2, none),
      second(b, 2, 2, none), y(b, 2, 2, none);
  b.matmul(1.0f, x.view(), Op::none, weight.view(), Op::transpose, 0.0f, y.view());
  b.adamw(weight.numbers(), gradient.numbers(), first.numbers(), second.numbers(), {0.5f, 0.9f, 0.9f, 1e-8f, 0, 1, 1});
  b.matmul(1.0f, x.view(), Op::none, weight.view(), Op::transpose, 0.0f, y.view());
  findings.expect_true("in bf16: a weight that was stepped is rounded anew",
                       std::abs(y.floats().front() - 1.0f) < 0.01f);
}

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
  bf16_laws(findings);
});

} // namespace
