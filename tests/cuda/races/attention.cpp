#include "../decode_case.hpp"
#include "../reference.hpp"
#include "group.hpp"
#include <srlm/backend/cuda_bf16.cuh>
#include <cmath>

namespace {

using namespace srlm::testing;

/// On tensor cores: near f32's, over a fork.
void bf16_laws(CudaOnHost& b, Findings& findings) {
  srlm::BasicCudaBf16Backend<HostDevice> rounding(std::make_shared<HostDevice>());
  srlm::Tokens const one(70, 1);
  srlm::Tokens two = one;
  two.push_back(2);
  std::vector<srlm::SequenceView> const views = {{one, {}}, {two, {}}};
  srlm::model::RowPlan const plan = srlm::model::plan_rows(views);
  auto const exact = attention_results(b, plan, {4, 2, 24}), rounded = attention_results(rounding, plan, {4, 2, 24});
  for (std::size_t i = 0; i < exact.size(); ++i) {
    findings.expect_true("attention on tensor cores is near f32's", largest_difference(exact[i], rounded[i]) < 0.05);
  }
}

Registered const attention("attention", [](CudaOnHost& b, Findings& findings) {
  std::vector<AttentionCase> const cases = attention_cases();
  detail::forward_laws(b, cases.back(), {4, 2, 6}, findings);
  detail::forward_laws(b, cases[1], {2, 1, 70}, findings);
  detail::backward_laws(b, AttentionCase({{1, 2, 3, 4}, {1, 2, 5}, {1, 2, 3, 6}, {7}}), {4, 2, 3}, findings);
  detail::copy_laws(b, findings);
  decoding_law(b, {2, 1, 5}, findings);
  bf16_laws(b, findings);
});

} // namespace
