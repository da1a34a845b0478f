/// Every kernel that the CUDA policy launches, by making all of the policy. Products are not here yet.
#include <srlm/backend/cuda.cuh>
#include <srlm/backend/cuda_policy.cuh>

namespace {

struct DeviceWithoutProducts : srlm::cuda::CudaDevice {
  explicit DeviceWithoutProducts(int device) : CudaDevice(device) {}
  template <class Matrix>
  void matmul(float, Matrix, srlm::Op, Matrix, srlm::Op, float, Matrix) {
    throw srlm::Error("matmul on a GPU", "a call", "a later version");
  }
};

} // namespace

template class srlm::BasicCudaBackend<DeviceWithoutProducts>;
static_assert(srlm::TensorBackend<srlm::BasicCudaBackend<DeviceWithoutProducts>>);

#if defined(SRLM_SAY_WHAT_IS_MISSING)
#include <cstdio>
int main() {
  try {
    srlm::BasicCudaBackend<DeviceWithoutProducts> backend(std::make_shared<DeviceWithoutProducts>(0));
    std::printf("device 0 is there\n");
  } catch (srlm::Error const& error) {
    std::printf("%s\n", error.what());
  }
}
#endif
