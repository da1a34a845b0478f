/// The CUDA policy, its kernels run thread by thread on the CPU, meets EigenBackend.
#include "against_eigen.hpp"
#include "host_device.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"

using namespace srlm;

namespace {

CudaOnHost on_host(std::size_t shared_bytes = 100 * 1024) {
  return CudaOnHost(std::make_shared<HostDevice>(1, shared_bytes));
}

} // namespace

TEST_CASE("the CUDA policy attends as EigenBackend does, forward and backward, over forks and groups of heads") {
  for (AttentionShape const& shape : against_eigen::attention_shapes) {
    INFO("heads " << shape.heads << " / " << shape.kv_heads << " of " << shape.head_dim);
    CHECK(against_eigen::attention_difference(on_host(), shape) < tolerance::derivative);
  }
}

TEST_CASE("the same seeds draw the tokens that EigenBackend draws, ties included") {
  for (Sampling const& s : against_eigen::samplings) {
    INFO("temperature " << s.temperature << ", top_p " << s.top_p);
    CHECK(against_eigen::draws_the_same(on_host(), s));
  }
}

TEST_CASE("large vocabularies draw with many warps, and rows that do not fit into shared memory lie outside") {
  CHECK(against_eigen::draws_the_same_of_many(on_host()));
  CHECK(against_eigen::draws_the_same_of_many(on_host(16 * 1024)));
}
