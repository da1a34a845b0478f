/// Stands in for cuBLASLt and for what its user calls of CUDA's runtime, by what NVIDIA's documentation says of them:
/// memory is the host's, a product is plain loops by columns, and every argument is checked. Define it in one file.
#pragma once
#include <cublasLt.h>
#include <cuda_runtime_api.h>
#include <cstring>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace stand_in {

struct Layout {
  cudaDataType type;
  std::uint64_t rows, columns;
  std::int64_t leading;
};
struct Description {
  cublasComputeType_t compute;
  cublasOperation_t turn_left = CUBLAS_OP_N, turn_right = CUBLAS_OP_N;
  cublasLtEpilogue_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
  float const* bias = nullptr;
};
struct Preference {
  std::map<int, std::uint64_t> numbers;
};

/// What happened, and what is to happen.
struct Machine {
  int handles = 0;                ///< made and not given back, of all kinds
  std::vector<int> runs;          ///< the algorithm of each product
  int asked = 0;                  ///< heuristics
  std::vector<float> times = {1}; ///< milliseconds that each algorithm takes; so many candidates there are
  bool captured = false;
  bool knows_bias = true; ///< that epilogue has algorithms
  cublasStatus_t product_status = CUBLAS_STATUS_SUCCESS;
  cublasComputeType_t compute = CUBLAS_COMPUTE_32F; ///< of the last product
  cudaDataType factors = CUDA_R_32F;                ///< of the last product
  std::map<int, std::uint64_t> preferred;           ///< when heuristics were last asked
  float clock = 0;
};
inline Machine machine;

template <class T, class Handle>
T& at(Handle handle) {
  return *reinterpret_cast<T*>(handle);
}
template <class T, class Handle, class... Arguments>
void make(Handle* handle, Arguments... arguments) {
  ++machine.handles;
  *handle = reinterpret_cast<Handle>(new T{arguments...});
}
template <class T, class Handle>
void destroy(Handle handle) {
  --machine.handles;
  delete &at<T>(handle);
}
inline void expect(bool condition, char const* what) {
  if (!condition) {
    throw std::logic_error(what);
  }
}

} // namespace stand_in
