/// Every kernel that the CUDA policy launches, by making all of the policy.
#include <srlm/backend/cublaslt.cuh>

template class srlm::BasicCudaBackend<srlm::cuda::CublasltDevice>;
static_assert(srlm::TensorBackend<srlm::CudaBackend>);

#if defined(SRLM_SAY_WHAT_IS_MISSING)
#include <cstdio>
int main() {
  try {
    srlm::CudaBackend backend(std::make_shared<srlm::cuda::CublasltDevice>(0));
    std::printf("device 0 is there\n");
  } catch (srlm::Error const& error) {
    std::printf("%s\n", error.what());
  }
}
#endif
