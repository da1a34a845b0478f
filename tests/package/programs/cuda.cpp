/// CUDA's runtime and cuBLASLt are there to compile and to link with; nothing is asked of a GPU.
#include <srlm/backend/cuda_products.cuh>

#include <string_view>

int main() {
  float x[6] = {};
  struct Matrix {
    struct {
      float* at;
      float* data() const { return at; }
    } data;
    std::size_t rows, cols, stride;
  };
  Matrix const a{{x}, 1, 2, 2}, b{{x + 2}, 3, 2, 2}, c{{x}, 1, 3, 3};
  auto const product = srlm::cuda::product_of(1.0f, a, srlm::Op::none, b, srlm::Op::transpose, 0.0f, c);
  bool const fits = product.left.leading == 2 && product.turn_left && product.result.rows == 3;
  return fits && cublasLtGetVersion() > 0 && std::string_view(cudaGetErrorName(cudaSuccess)) == "cudaSuccess" ? 0 : 1;
}
