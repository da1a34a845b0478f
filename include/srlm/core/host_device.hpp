/// Marks a formula that runs on the host and inside a CUDA kernel.
#pragma once

#if defined(__CUDACC__)
#define SRLM_HOST_DEVICE __host__ __device__
#else
#define SRLM_HOST_DEVICE
#endif
