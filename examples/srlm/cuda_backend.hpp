/// The tensor policies for a GPU, for units that nvcc does not compile: cuda_backend.cu is the one that it does.
#pragma once
#include <srlm/backend/any_backend.hpp>

namespace srlm::cli {

/// On the first GPU that CUDA_VISIBLE_DEVICES leaves. Throws: Error where there is none.
AnyBackend cuda_backend();
/// The same with products of bf16.
AnyBackend cuda_bf16_backend();

} // namespace srlm::cli
