#include "group.hpp"
#include <srlm/testing/tensor_memory_laws.hpp>
#include <srlm/testing/tensor_row_laws.hpp>

namespace {

Registered const rows("rows", [](CudaOnHost& b, srlm::testing::Findings& findings) {
  srlm::testing::detail::row_laws(b, findings);
  srlm::testing::detail::update_laws(b, findings);
});

} // namespace
