/// The CUDA policy, its kernels run thread by thread on the CPU, meets EigenBackend.
#include "host_device.hpp"
#include "reference.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace srlm;

namespace {

CudaOnHost on_host(std::size_t shared_bytes = 100 * 1024) {
  return CudaOnHost(std::make_shared<HostDevice>(1, shared_bytes));
}

std::vector<Seed> seeds(std::size_t n) {
  std::vector<Seed> all;
  for (std::uint64_t i = 0; i < n; ++i) {
    all.push_back(Seed{5}.fork(i));
  }
  return all;
}

} // namespace

TEST_CASE("the CUDA policy attends as EigenBackend does, forward and backward, over forks and groups of heads") {
  Tokens prompt(75, 7), one = prompt, two = prompt, other = {3};
  one.insert(one.end(), 130, 8);
  two.insert(two.end(), {9, 9, 9});
  std::vector<SequenceView> const views = {{one, {}}, {two, {}}, {prompt, {}}, {other, {}}};
  model::RowPlan const plan = model::plan_rows(views);
  for (AttentionShape const& shape : {AttentionShape{9, 3, 64}, AttentionShape{2, 2, 128}, AttentionShape{4, 1, 33}}) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    auto const by_cuda = attention_results(on_host(), plan, shape), by_eigen = attention_by_eigen(plan, shape);
    for (std::size_t i = 0; i < by_cuda.size(); ++i) {
      INFO("result " << i);
      CHECK(srlm::testing::largest_difference(by_cuda[i], by_eigen[i]) < tolerance::derivative);
    }
  }
}

TEST_CASE("the same seeds draw the tokens that EigenBackend draws, ties included") {
  std::vector<float> logits = srlm::testing::random_numbers(200 * 300, 1);
  for (float& x : logits) {
    x = std::round(x * 40) / 8; // many are equal
  }
  for (Sampling const& s : {Sampling{0.0f, 1.0f, 1}, Sampling{0.7f, 0.9f, 1}, Sampling{1.0f, 1.0f, 1},
                            Sampling{2.5f, 0.3f, 1}, Sampling{1.0f, 1e-6f, 1}}) {
    INFO("temperature " << s.temperature << ", top_p " << s.top_p);
    CHECK(drawn(on_host(), logits, 300, seeds(200), s) == drawn_by_eigen(logits, 300, seeds(200), s));
  }
}

TEST_CASE("large vocabularies draw with many warps, and rows that do not fit into shared memory lie outside") {
  std::vector<float> const logits = srlm::testing::random_numbers(6 * 5000, 3);
  Sampling const sampling{0.2f, 0.9f, 1};
  auto const expected = drawn_by_eigen(logits, 5000, seeds(6), sampling);
  CHECK(drawn(on_host(), logits, 5000, seeds(6), sampling) == expected);
  CHECK(drawn(on_host(16 * 1024), logits, 5000, seeds(6), sampling) == expected);
}
