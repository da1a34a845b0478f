#include "cuda_backend.hpp"
#include <srlm/backend/cublaslt.cuh>

namespace srlm::cli {

AnyBackend cuda_backend() { return AnyBackend(CudaBackend(std::make_shared<cuda::CublasltDevice>(0))); }
AnyBackend cuda_bf16_backend() { return AnyBackend(CudaBf16Backend(std::make_shared<cuda::CublasltDevice>(0))); }

} // namespace srlm::cli
