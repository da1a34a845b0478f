#include "../decoding_law.hpp"
#include "group.hpp"

namespace {

Registered const decoding("decoding", [](CudaOnHost& b, srlm::testing::Findings& findings) {
  srlm::testing::decoding_window_law(b, findings);
});

} // namespace
