/// Two translation units that include every CUDA header, and use what they share, must link into one program.
#include "every_cuda_header.cuh"

#include <srlm/comm/thread_ranks.hpp>
#include <srlm/concepts/communicator.hpp>
#include <cstdio>

#if __has_include(<nccl.h>)
static_assert(srlm::Communicator<srlm::NcclRanks<srlm::ThreadRank, srlm::CudaBackend>, srlm::CudaBackend>);
#endif

void const* seen_by_second();

int main() {
  if (reinterpret_cast<void const*>(&srlm::cuda::alignment_of) != seen_by_second()) {
    std::puts("srlm::cuda::alignment_of is two functions in one program: it is not inline");
    return 1;
  }
  return 0;
}
