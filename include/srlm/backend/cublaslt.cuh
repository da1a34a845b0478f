/// The matrix products of the CUDA policy, by cuBLASLt, and the policies with them: CudaBackend, f32 in and out, and
/// CudaBf16Backend, whose factors are rounded to bf16. Sums are f32 in both; TF32, whose products keep 10 bits of their
/// factors, only where ProductOptions allow it.
///
/// Determinism: cuBLASLt offers several algorithms for a shape. The first one of its heuristics is taken, and they
/// depend on the shape, the GPU and the library's version alone, so the same run gives the same bits; algorithms whose
/// parts are summed in an order of their own are not asked for. With ProductOptions::timed the fastest is taken as a
/// clock tells it, so another run may take another one, and differ from this one in the last bits. A row's bits depend
/// on the shape: another number of rows may be summed by another algorithm.
#pragma once
#include <srlm/backend/cuda.cuh>
#include <srlm/backend/cuda_bf16.cuh>
#include <srlm/backend/cuda_policy.cuh>
#include <srlm/backend/cuda_products.cuh>

namespace srlm {
namespace cuda {

/// One GPU, its stream and its products.
class CublasltDevice : public CudaDevice {
 public:
  /// Throws: Error where there is no such device, or cuBLASLt does not begin on it.
  explicit CublasltDevice(int device = 0, ProductOptions const& options = {})
      : CudaDevice(device), products_(CudaDevice::device(), stream(), options) {}

  /// What is asked of products; see CublasltProducts.
  CublasltProducts const& products() const { return products_; }
  template <class Factor>
  bool takes(ProductOf<Factor> const& product) {
    return products_.takes(product);
  }
  template <class Factor>
  void multiply(ProductOf<Factor> const& product) {
    products_.multiply(product);
  }

 private:
  CublasltProducts products_; // given back before the stream
};

} // namespace cuda

/// The tensor policy for one GPU: CudaBackend backend(std::make_shared<cuda::CublasltDevice>(0)). Copies share the
/// device.
using CudaBackend = BasicCudaBackend<cuda::CublasltDevice>;

/// The same with products of bf16: on tensor cores, at half the memory of weights a step.
using CudaBf16Backend = BasicCudaBf16Backend<cuda::CublasltDevice>;

} // namespace srlm
