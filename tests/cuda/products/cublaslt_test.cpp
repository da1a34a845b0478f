/// The calls of cuBLASLt, over a stand-in for it: what it is told is what the policy was asked for.
#include "stand_in.hpp"
#include "support/catch.hpp"
#include <srlm/backend/cuda_products.cuh>
#include <srlm/core/float16.hpp>
#include <cmath>

using namespace stand_in;

// ---- the stand-in
cublasStatus_t cublasLtCreate(cublasLtHandle_t* handle) { return make<int>(handle), CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasLtDestroy(cublasLtHandle_t handle) { return destroy<int>(handle), CUBLAS_STATUS_SUCCESS; }
char const* cublasLtGetStatusName(cublasStatus_t) { return "CUBLAS_STATUS_NAME"; }
char const* cublasLtGetStatusString(cublasStatus_t) { return "its description"; }

cublasStatus_t cublasLtMatmulDescCreate(cublasLtMatmulDesc_t* handle, cublasComputeType_t compute,
                                        cudaDataType_t scale) {
  expect(scale == CUDA_R_32F, "alpha and beta are floats");
  return make<Description>(handle, compute), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescDestroy(cublasLtMatmulDesc_t handle) {
  return destroy<Description>(handle), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulDescSetAttribute(cublasLtMatmulDesc_t handle, cublasLtMatmulDescAttributes_t attribute,
                                              void const* value, size_t bytes) {
  auto& description = at<Description>(handle);
  auto const set = [&](auto& member) {
    expect(bytes == sizeof member, "an attribute has its own size");
    std::memcpy(&member, value, bytes);
  };
  switch (attribute) {
  case CUBLASLT_MATMUL_DESC_TRANSA:
    set(description.turn_left);
    break;
  case CUBLASLT_MATMUL_DESC_TRANSB:
    set(description.turn_right);
    break;
  case CUBLASLT_MATMUL_DESC_EPILOGUE:
    set(description.epilogue);
    break;
  case CUBLASLT_MATMUL_DESC_BIAS_POINTER:
    set(description.bias);
    break;
  default:
    expect(false, "an attribute that is known here");
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatrixLayoutCreate(cublasLtMatrixLayout_t* handle, cudaDataType type, uint64_t rows,
                                          uint64_t columns, int64_t leading) {
  expect(
      (type == CUDA_R_32F || type == CUDA_R_16BF) && rows > 0 && columns > 0 && leading >= static_cast<int64_t>(rows),
      "a matrix by columns whose columns do not overlap");
  return make<Layout>(handle, type, rows, columns, leading), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatrixLayoutDestroy(cublasLtMatrixLayout_t handle) {
  return destroy<Layout>(handle), CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulPreferenceCreate(cublasLtMatmulPreference_t* handle) {
  return make<Preference>(handle), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceDestroy(cublasLtMatmulPreference_t handle) {
  return destroy<Preference>(handle), CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasLtMatmulPreferenceSetAttribute(cublasLtMatmulPreference_t handle,
                                                    cublasLtMatmulPreferenceAttributes_t attribute, void const* value,
                                                    size_t bytes) {
  expect(bytes == (attribute == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES ? 8 : 4), "an attribute has its own size");
  std::uint64_t number = 0;
  std::memcpy(&number, value, bytes); // little-endian, as every machine with CUDA
  at<Preference>(handle).numbers[attribute] = number;
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmulAlgoGetHeuristic(cublasLtHandle_t, cublasLtMatmulDesc_t description,
                                              cublasLtMatrixLayout_t, cublasLtMatrixLayout_t, cublasLtMatrixLayout_t,
                                              cublasLtMatrixLayout_t, cublasLtMatmulPreference_t preference, int most,
                                              cublasLtMatmulHeuristicResult_t* results, int* found) {
  ++machine.asked;
  if (at<Description>(description).epilogue == CUBLASLT_EPILOGUE_BIAS && !machine.knows_bias) {
    return CUBLAS_STATUS_NOT_SUPPORTED;
  }
  machine.preferred = at<Preference>(preference).numbers;
  *found = std::min(most, static_cast<int>(machine.times.size()));
  for (int i = 0; i < *found; ++i) {
    results[i] = {};
    results[i].state = CUBLAS_STATUS_SUCCESS;
    std::memcpy(&results[i].algo, &i, sizeof i);
  }
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasLtMatmul(cublasLtHandle_t, cublasLtMatmulDesc_t handle, void const* alpha, void const* a,
                              cublasLtMatrixLayout_t a_layout, void const* b, cublasLtMatrixLayout_t b_layout,
                              void const* beta, void const* c, cublasLtMatrixLayout_t c_layout, void* d,
                              cublasLtMatrixLayout_t d_layout, cublasLtMatmulAlgo_t const* algorithm, void* workspace,
                              size_t bytes, cudaStream_t) {
  expect(workspace != nullptr && bytes > 0, "a workspace");
  auto const& description = at<Description>(handle);
  auto const &left = at<Layout>(a_layout), &right = at<Layout>(b_layout), &in = at<Layout>(c_layout),
             &out = at<Layout>(d_layout);
  bool const turn_left = description.turn_left == CUBLAS_OP_T, turn_right = description.turn_right == CUBLAS_OP_T;
  std::uint64_t const depth = turn_left ? left.rows : left.columns;
  expect(out.rows == (turn_left ? left.columns : left.rows) &&
             out.columns == (turn_right ? right.rows : right.columns) &&
             depth == (turn_right ? right.columns : right.rows) && in.rows == out.rows && in.columns == out.columns,
         "shapes that fit");
  bool const biased = description.epilogue == CUBLASLT_EPILOGUE_BIAS;
  expect(!biased || (description.bias != nullptr && reinterpret_cast<std::uintptr_t>(description.bias) % 16 == 0),
         "a bias where one is added");
  expect(left.type == right.type && in.type == CUDA_R_32F && out.type == CUDA_R_32F, "factors alike, sums in f32");
  machine.factors = left.type;
  auto const number = [](void const* data, Layout const& layout, std::uint64_t r, std::uint64_t k) {
    std::uint64_t const at = k * static_cast<std::uint64_t>(layout.leading) + r;
    return static_cast<double>(layout.type == CUDA_R_16BF
                                   ? srlm::bfloat16_to_float(static_cast<std::uint16_t const*>(data)[at])
                                   : static_cast<float const*>(data)[at]);
  };
  for (std::uint64_t j = 0; j < out.columns; ++j) {
    for (std::uint64_t i = 0; i < out.rows; ++i) {
      double sum = 0;
      for (std::uint64_t k = 0; k < depth; ++k) {
        sum += (turn_left ? number(a, left, k, i) : number(a, left, i, k)) *
               (turn_right ? number(b, right, j, k) : number(b, right, k, j));
      }
      float const more = *static_cast<float const*>(beta);
      static_cast<float*>(d)[j * static_cast<std::uint64_t>(out.leading) + i] =
          static_cast<float>(static_cast<double>(*static_cast<float const*>(alpha)) * sum +
                             (more == 0 ? 0.0 : static_cast<double>(more) * number(c, in, i, j)) +
                             (biased ? static_cast<double>(description.bias[i]) : 0.0));
    }
  }
  int which = 0;
  std::memcpy(&which, algorithm, sizeof which);
  machine.runs.push_back(which);
  machine.clock += machine.times[static_cast<std::size_t>(which)];
  machine.compute = description.compute;
  return machine.product_status;
}

cudaError_t cudaMallocAsync(void** data, size_t bytes, cudaStream_t) {
  ++machine.handles;
  *data = ::operator new(bytes);
  return cudaSuccess;
}
cudaError_t cudaFreeAsync(void* data, cudaStream_t) {
  --machine.handles;
  ::operator delete(data);
  return cudaSuccess;
}
cudaError_t cudaStreamIsCapturing(cudaStream_t, cudaStreamCaptureStatus* status) {
  *status = machine.captured ? cudaStreamCaptureStatusActive : cudaStreamCaptureStatusNone;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaEventCreate(cudaEvent_t* event) { return make<float>(event), cudaSuccess; }
cudaError_t cudaEventDestroy(cudaEvent_t event) { return destroy<float>(event), cudaSuccess; }
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  expect(!machine.captured, "nothing is timed while a graph is captured");
  return at<float>(event) = machine.clock, cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float* between, cudaEvent_t from, cudaEvent_t to) {
  return *between = at<float>(to) - at<float>(from), cudaSuccess;
}
char const* cudaGetErrorName(cudaError_t) { return "cudaErrorName"; }
char const* cudaGetErrorString(cudaError_t) { return "its description"; }
// ----

namespace {

using namespace srlm;

/// A row-major matrix of the host's.
struct Numbers {
  std::vector<float> floats;
  std::size_t rows, cols, stride;

  Numbers(std::size_t rows, std::size_t cols, std::size_t gap, float first)
      : floats(rows * (cols + gap)), rows(rows), cols(cols), stride(cols + gap) {
    for (std::size_t i = 0; i < floats.size(); ++i) {
      floats[i] = first + 0.25f * static_cast<float>(i * 7 % 13);
    }
  }
  struct View {
    std::span<float> data;
    std::size_t rows, cols, stride;
  };
  View view() { return {floats, rows, cols, stride}; }
};

/// C = 2 A B^T + beta C of odd shapes with gaps, and how far it is from that.
double error(cuda::CublasltProducts& products, std::size_t rows, float beta) {
  Numbers a(rows, 5, 2, 0.5f), b(7, 5, 3, -1.0f), c(rows, 7, 1, 3.0f);
  Numbers const was = c;
  products.multiply(cuda::product_of(2.0f, a.view(), Op::none, b.view(), Op::transpose, beta, c.view()));
  double worst = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < 7; ++j) {
      double expected = static_cast<double>(beta) * static_cast<double>(was.floats[i * was.stride + j]);
      for (std::size_t k = 0; k < 5; ++k) {
        expected +=
            2.0 * static_cast<double>(a.floats[i * a.stride + k]) * static_cast<double>(b.floats[j * b.stride + k]);
      }
      worst = std::max(worst, std::abs(expected - static_cast<double>(c.floats[i * c.stride + j])));
    }
    if (c.floats[i * c.stride + 7] != was.floats[i * c.stride + 7]) {
      worst = HUGE_VAL; // the gap behind a row
    }
  }
  return worst;
}

using Catch::Matchers::ContainsSubstring;

} // namespace

TEST_CASE("cuBLASLt forms the products that it is asked for, and a shape is looked up once") {
  machine = {};
  {
    cuda::CublasltProducts products(0, nullptr);
    for (float beta : {0.0f, 1.0f, 1.0f, 0.5f}) {
      CHECK(error(products, 3, beta) < 1e-5);
    }
    CHECK(machine.asked == 1);
    CHECK(machine.runs.size() == 4);
    CHECK(error(products, 1, 1.0f) < 1e-5);
    CHECK(machine.asked == 2);
    CHECK(products.shapes() == 2);
    CHECK(machine.compute == CUBLAS_COMPUTE_32F);
    CHECK(machine.preferred.at(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES) == 32u << 20);
    CHECK(machine.preferred.at(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK) == CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE);
    CHECK(machine.preferred.at(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES) <= 16);
  }
  CHECK(machine.handles == 0); // all given back
}

TEST_CASE("factors of 16 bits are told as bf16, sums are f32, and their shapes are others than those of f32") {
  machine = {};
  cuda::CublasltProducts products(0, nullptr, {.tf32 = true});
  CHECK(error(products, 3, 1.0f) < 1e-5);
  CHECK(machine.factors == CUDA_R_32F);
  for (auto const& [op_a, op_b] :
       {std::pair{Op::none, Op::none}, std::pair{Op::none, Op::transpose}, std::pair{Op::transpose, Op::none}}) {
    std::size_t const m = 3, n = 7, k = 5;
    Numbers a(op_a == Op::none ? m : k, op_a == Op::none ? k : m, 0, 0.5f),
        b(op_b == Op::none ? k : n, op_b == Op::none ? n : k, 0, -1.0f), c(m, n, 1, 3.0f), wanted = c;
    std::vector<std::uint16_t> left, right; // quarters below 4: bf16 has them all
    for (float x : b.floats) {
      left.push_back(float_to_bfloat16(x));
    }
    for (float x : a.floats) {
      right.push_back(float_to_bfloat16(x));
    }
    auto const asked = cuda::product_of(2.0f, a.view(), op_a, b.view(), op_b, 1.0f, c.view());
    products.multiply(cuda::product_of(2.0f, a.view(), op_a, b.view(), op_b, 1.0f, wanted.view()));
    products.multiply(cuda::with_factors<std::uint16_t>(asked, {left.data(), b.cols, b.rows, b.cols},
                                                        {right.data(), a.cols, a.rows, a.cols}));
    CHECK(c.floats == wanted.floats);
    CHECK(machine.factors == CUDA_R_16BF);
    CHECK(machine.compute == CUBLAS_COMPUTE_32F); // TF32 is for factors of f32
    CHECK(cuda::in_words(cuda::with_factors<std::uint16_t>(asked, {}, {})).find(", in bf16") != std::string::npos);
  }
  CHECK(products.shapes() == 7);
}

TEST_CASE("a bias is added to every row by the product itself, each call's own, where cuBLASLt can") {
  machine = {};
  cuda::CublasltProducts products(0, nullptr);
  Numbers a(3, 5, 0, 0.5f), b(7, 5, 0, -1.0f), c(3, 7, 1, 3.0f), plain = c;
  alignas(16) float const biases[2][8] = {{1, 2, 3, 4, 5, 6, 7}, {-7, 6, -5, 4, -3, 2, -1}};
  auto product = cuda::product_of(2.0f, a.view(), Op::none, b.view(), Op::transpose, 0.0f, c.view());
  products.multiply(cuda::product_of(2.0f, a.view(), Op::none, b.view(), Op::transpose, 0.0f, plain.view()));
  for (float const* bias : {biases[0], biases[1]}) {
    product.bias = bias;
    REQUIRE(products.takes(product));
    products.multiply(product);
    for (std::size_t i = 0; i < 3; ++i) {
      for (std::size_t j = 0; j < 7; ++j) {
        CHECK(c.floats[i * 8 + j] == plain.floats[i * 8 + j] + bias[j]); // quarters: nothing is rounded
      }
    }
  }
  CHECK(machine.asked == 2);
  product.bias = biases[0] + 1;
  CHECK_FALSE(products.takes(product)); // not at a multiple of 16 bytes
  machine.knows_bias = false;
  cuda::CublasltProducts others(0, nullptr);
  product.bias = biases[0];
  CHECK_FALSE(others.takes(product));
  CHECK_THROWS_WITH(others.multiply(product), ContainsSubstring("B[7, 5]^T + bias on device 0: got no algorithm"));
  product.bias = nullptr;
  CHECK(others.takes(product));
}

TEST_CASE("without a clock the first algorithm is taken, with one the fastest, and C is added to once") {
  machine = {};
  machine.times = {3, 1, 2};
  cuda::CublasltProducts first(0, nullptr);
  CHECK(error(first, 3, 1.0f) < 1e-5);
  CHECK(machine.runs == std::vector<int>{0});

  cuda::CublasltProducts timed(0, nullptr, {.tf32 = true, .timed = true});
  CHECK(error(timed, 3, 1.0f) < 1e-5);
  CHECK(machine.runs.back() == 1);
  CHECK(machine.compute == CUBLAS_COMPUTE_32F_FAST_TF32);
  auto const tried = machine.runs.size();
  CHECK(error(timed, 3, 1.0f) < 1e-5);
  CHECK(machine.runs.size() == tried + 1);
  CHECK(machine.runs.back() == 1);
}

TEST_CASE("nothing is timed while a graph is captured, and later it is") {
  machine = {};
  machine.times = {3, 1};
  cuda::CublasltProducts timed(0, nullptr, {.timed = true});
  machine.captured = true;
  CHECK(error(timed, 3, 1.0f) < 1e-5);
  CHECK(machine.runs == std::vector<int>{0});
  machine.captured = false;
  CHECK(error(timed, 3, 1.0f) < 1e-5);
  CHECK(machine.runs.back() == 1);
}

TEST_CASE("a product that fails is named with its shape, its device and cuBLASLt's words") {
  machine = {};
  cuda::CublasltProducts products(3, nullptr);
  machine.product_status = CUBLAS_STATUS_EXECUTION_FAILED;
  CHECK_THROWS_WITH(error(products, 2, 1.0f),
                    ContainsSubstring("cublasLtMatmul for C[2, 7] = A[2, 5] B[7, 5]^T + C on device 3: "
                                      "got CUBLAS_STATUS_NAME (its description)"));
  machine.times.clear();
  CHECK_THROWS_WITH(error(products, 4, 0.0f),
                    ContainsSubstring("C[4, 7] = A[4, 5] B[7, 5]^T on device 3: got no algorithm"));
}
