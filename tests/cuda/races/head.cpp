#include "group.hpp"
#include <srlm/testing/tensor_head_laws.hpp>

namespace {

Registered const head("head", [](CudaOnHost& b, srlm::testing::Findings& findings) {
  srlm::testing::detail::log_prob_laws(b, 131, 300, findings);
  srlm::testing::detail::greedy_laws(b, findings);
  srlm::testing::detail::seed_laws(b, findings);
  std::size_t const vocabulary = 1000; // several warps draw
  srlm::testing::Placed<CudaOnHost> const logits(b, 4, vocabulary, 5, 3);
  std::vector<srlm::Seed> const seeds = {{1}, {2}, {3}, {4}};
  HostDevice small(7, 1000); // no room for a row in shared memory: kept in device memory
  CudaOnHost other(std::make_shared<HostDevice>(small));
  srlm::Sampling const sampling{1.0f, 0.9f, 1};
  findings.expect_true("sample: the same token wherever a row of probabilities is kept",
                       b.sample(logits.view(), seeds, sampling) == other.sample(logits.view(), seeds, sampling));
});

} // namespace
