// The tensor policy for a GPU with a kernel of your own: derive, replace one operation, inherit the others, and let the
// laws say whether it is still a tensor policy.
// prints: a policy with a kernel of its own keeps every law
// without a device prints: CUDA device 0: got .*, expected an NVIDIA GPU with its driver
// needs: srlm::cuda
#include <srlm/backend/cublaslt.cuh>
#include <srlm/testing/tensor_backend_laws.hpp>
#include <cstdio>

// ---- yours: a kernel, four columns a thread, and the policy that launches it
using srlm::kernels::Rows;

__global__ void add_fours(Rows<float const> x, Rows<float> y, unsigned columns) {
  unsigned const first = 4 * (blockIdx.y * blockDim.x + threadIdx.x);
  for (unsigned c = first; c < min(first + 4, columns); ++c) {
    y[blockIdx.x][c] += x[blockIdx.x][c];
  }
}

struct MyBackend : srlm::CudaBackend {
  using srlm::CudaBackend::BasicCudaBackend;
  using Matrix = srlm::MatrixView<MyBackend>;

  void add(Matrix x, Matrix y) { // y += x
    auto const columns = static_cast<unsigned>(x.cols), a_block = 4 * 128u;
    device().launch("add_fours", add_fours,
                    {static_cast<unsigned>(x.rows), (columns + a_block - 1) / a_block, a_block / 4, 0},
                    Rows<float const>{x.data.data(), x.stride}, Rows<float>{y.data.data(), y.stride}, columns);
  }
};
static_assert(srlm::TensorBackend<MyBackend>); // srlm::LanguageModel<MyBackend> is a model over it
// ----

int main() {
  try {
    MyBackend backend(std::make_shared<srlm::cuda::CublasltDevice>(0));
    auto const broken = srlm::testing::tensor_backend_laws(backend);
    std::printf("%s\n", broken.empty() ? "a policy with a kernel of its own keeps every law"
                                       : srlm::testing::text_of(broken).c_str());
    return broken.empty() ? 0 : 1;
  } catch (srlm::Error const& error) {
    std::printf("%s\n", error.what());
    return 1;
  }
}
