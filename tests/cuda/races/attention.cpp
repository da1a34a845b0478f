#include "../decode_case.hpp"
#include "group.hpp"

namespace {

using namespace srlm::testing;

Registered const attention("attention", [](CudaOnHost& b, Findings& findings) {
  std::vector<AttentionCase> const cases = attention_cases();
  detail::forward_laws(b, cases.back(), {4, 2, 6}, findings);
  detail::forward_laws(b, cases[1], {2, 1, 70}, findings);
  detail::backward_laws(b, AttentionCase({{1, 2, 3, 4}, {1, 2, 5}, {1, 2, 3, 6}, {7}}), {4, 2, 3}, findings);
  detail::copy_laws(b, findings);
  decoding_law(b, {2, 1, 5}, findings);
});

} // namespace
