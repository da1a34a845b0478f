/// Every kernel that the CUDA policy launches, by making all of the policy.
#include <srlm/backend/cublaslt.cuh>

template class srlm::BasicCudaBackend<srlm::cuda::CublasltDevice>;
template class srlm::cuda::Decoder<srlm::cuda::CublasltDevice>;
template class srlm::BasicCudaBf16Backend<srlm::cuda::CublasltDevice>;
static_assert(srlm::DecodingBackend<srlm::CudaBackend> && srlm::DecodingBackend<srlm::CudaBf16Backend>);
