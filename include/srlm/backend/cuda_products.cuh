/// Products by cuBLASLt on a stream: what it is asked for, which of its algorithms is taken, and what is kept for the
/// next product of the same shape. Host code: needs the CUDA Toolkit's headers and cublasLt, no nvcc.
#pragma once
#include <srlm/backend/cuda_calls.cuh>
#include <srlm/backend/product_layout.hpp>
#include <cublasLt.h>
#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

namespace srlm::cuda {

struct ProductOptions {
  bool tf32 = false;  ///< factors rounded to 10 bits on tensor cores: several times faster, 1e-3 instead of 1e-7
  bool timed = false; ///< each new shape tries its candidates and keeps the fastest: another run may keep another one
  std::size_t workspace_bytes = std::size_t{32} << 20; ///< what cuBLAS itself takes on Hopper
};

/// Throws Error unless status is success.
template <class What>
void check(cublasStatus_t status, What const& what, int device) {
  if (status != CUBLAS_STATUS_SUCCESS) {
    failed(what, device, cublasLtGetStatusName(status), cublasLtGetStatusString(status));
  }
}

/// The products of one stream. Not for several threads at once.
class CublasltProducts {
 public:
  static constexpr int most_candidates = 8;

  /// device: for messages; the current one. Throws: Error where cuBLASLt does not begin.
  CublasltProducts(int device, cudaStream_t stream, ProductOptions const& options = {})
      : device_(device),
        stream_(stream),
        options_(options),
        handle_(made<cublasLtHandle_t>("cublasLtCreate", [](auto* handle) { return cublasLtCreate(handle); })),
        preference_(made<cublasLtMatmulPreference_t>(
            "cublasLtMatmulPreferenceCreate", [](auto* handle) { return cublasLtMatmulPreferenceCreate(handle); })),
        workspace_(options.workspace_bytes, stream, device) {
    prefer(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, std::uint64_t{workspace_.size()});
    // parts of a sum meet in the workspace, in f32 and in their order
    prefer(CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK, std::uint32_t{CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE});
  }

  ProductOptions const& options() const { return options_; }
  /// Shapes whose algorithm is known.
  std::size_t shapes() const { return choices_.size(); }

  /// Whether cuBLASLt has an algorithm for it. It adds a bias, its epilogue, only from a multiple of 16 bytes on.
  template <class Factor>
  bool takes(ProductOf<Factor> const& p) {
    return alignment_of(p.bias) == 16 && !choice_for(p).candidates.empty();
  }

  /// p.result = alpha op(left) op(right) + beta result + bias, after what the stream was given before. No dimension is
  /// 0. Factors of 16 bits are bf16; sums are f32. Throws: Error with the shape where cuBLASLt has no algorithm for it,
  /// or fails.
  template <class Factor>
  void multiply(ProductOf<Factor> const& p) {
    Choice& choice = choice_for(p);
    if (choice.candidates.empty()) {
      throw Error(std::string("cublasLtMatmul for ") + in_words(p) + " on device " + std::to_string(device_),
                  "no algorithm", "a shape that cuBLASLt knows one for");
    }
    if (options_.timed && choice.candidates.size() > 1 && !is_captured()) { // else nothing runs now that could be timed
      choice.candidates = {fastest(choice, p)};
    }
    run(choice, choice.candidates[0], p, p.result.data);
  }

 private:
  static constexpr std::size_t most_shapes = 4096;

  using Handle = Owned<cublasLtHandle_t, cublasLtDestroy>;
  using Description = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
  using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
  using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

  /// What an algorithm depends on.
  struct Shape {
    std::size_t rows, columns, depth, leading_left, leading_right, leading_result;
    std::size_t alignment_left, alignment_right, alignment_result, factor_bytes;
    bool turn_left, turn_right, biased;
    auto operator<=>(Shape const&) const = default;
  };

  struct Algorithm { // in a name of its own: a vector of what the C header leaves unnamed makes nvcc 13.0 stop
    cublasLtMatmulAlgo_t value;
  };
  struct Choice {
    Description description;
    Layout left, right, result;
    std::vector<Algorithm> candidates; ///< the heuristics' order, best first; none for what cuBLASLt cannot do
  };

  template <class Factor>
  static Shape shape_of(ProductOf<Factor> const& p) {
    return {p.result.rows,
            p.result.columns,
            p.depth,
            p.left.leading,
            p.right.leading,
            p.result.leading,
            alignment_of(p.left.data),
            alignment_of(p.right.data),
            alignment_of(p.result.data),
            sizeof(Factor),
            p.turn_left,
            p.turn_right,
            p.bias != nullptr};
  }

  template <class T, class Make>
  T made(char const* call, Make const& make) const {
    T handle = nullptr;
    check(make(&handle), call, device_);
    return handle;
  }

  template <class T>
  void prefer(cublasLtMatmulPreferenceAttributes_t attribute, T value) {
    check(cublasLtMatmulPreferenceSetAttribute(preference_.get(), attribute, &value, sizeof value),
          "cublasLtMatmulPreferenceSetAttribute", device_);
  }

  template <class T>
  void describe(Description const& description, cublasLtMatmulDescAttributes_t attribute, T value) const {
    check(cublasLtMatmulDescSetAttribute(description.get(), attribute, &value, sizeof value),
          "cublasLtMatmulDescSetAttribute", device_);
  }

  template <class Element>
  Layout layout_of(ColumnMajor<Element> const& m) const {
    return Layout(made<cublasLtMatrixLayout_t>("cublasLtMatrixLayoutCreate", [&](auto* handle) {
      return cublasLtMatrixLayoutCreate(handle, sizeof(Element) == 2 ? CUDA_R_16BF : CUDA_R_32F, m.rows, m.columns,
                                        static_cast<std::int64_t>(m.leading));
    }));
  }

  template <class Factor>
  Choice& choice_for(ProductOf<Factor> const& p) {
    Shape const shape = shape_of(p);
    auto found = choices_.find(shape);
    if (found == choices_.end()) {
      if (choices_.size() == most_shapes) {
        choices_.clear(); // batches have ever new numbers of rows
      }
      found = choices_.emplace(shape, first_choice(p, shape)).first;
    }
    return found->second;
  }

  template <class Factor>
  Choice first_choice(ProductOf<Factor> const& p, Shape const& shape) {
    static_assert(std::is_same_v<Factor, float> || sizeof(Factor) == 2);
    bool const rounded = std::is_same_v<Factor, float> && options_.tf32;
    Choice choice{Description(made<cublasLtMatmulDesc_t>(
                      "cublasLtMatmulDescCreate",
                      [&](auto* handle) {
                        return cublasLtMatmulDescCreate(
                            handle, rounded ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F, CUDA_R_32F);
                      })),
                  layout_of(p.left),
                  layout_of(p.right),
                  layout_of(p.result),
                  {}};
    describe(choice.description, CUBLASLT_MATMUL_DESC_TRANSA, p.turn_left ? CUBLAS_OP_T : CUBLAS_OP_N);
    describe(choice.description, CUBLASLT_MATMUL_DESC_TRANSB, p.turn_right ? CUBLAS_OP_T : CUBLAS_OP_N);
    if (p.bias != nullptr) {
      describe(choice.description, CUBLASLT_MATMUL_DESC_EPILOGUE, CUBLASLT_EPILOGUE_BIAS);
      describe(choice.description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
    }
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, static_cast<std::uint32_t>(shape.alignment_left));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, static_cast<std::uint32_t>(shape.alignment_right));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, static_cast<std::uint32_t>(shape.alignment_result));
    prefer(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, static_cast<std::uint32_t>(shape.alignment_result));
    cublasLtMatmulHeuristicResult_t results[most_candidates];
    int found = 0;
    cublasStatus_t const asked = cublasLtMatmulAlgoGetHeuristic(
        handle_.get(), choice.description.get(), choice.left.get(), choice.right.get(), choice.result.get(),
        choice.result.get(), preference_.get(), most_candidates, results, &found);
    if (asked == CUBLAS_STATUS_NOT_SUPPORTED) {
      return choice;
    }
    check(
        asked, [&] { return std::string("cublasLtMatmulAlgoGetHeuristic for ") + in_words(p); }, device_);
    for (int i = 0; i < found; ++i) {
      if (results[i].state == CUBLAS_STATUS_SUCCESS && results[i].workspaceSize <= workspace_.size()) {
        choice.candidates.push_back({results[i].algo});
      }
    }
    return choice;
  }

  bool is_captured() const {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    check(cudaStreamIsCapturing(stream_, &status), "cudaStreamIsCapturing", device_);
    return status != cudaStreamCaptureStatusNone;
  }

  /// The candidate with the least of three times, into memory of its own, since p.result may be added to only once.
  template <class Factor>
  Algorithm fastest(Choice const& choice, ProductOf<Factor> const& p) {
    StreamBytes const scratch(p.result.leading * p.result.columns * sizeof(float), stream_, device_);
    float least = std::numeric_limits<float>::infinity();
    Algorithm best = choice.candidates[0];
    for (Algorithm const& candidate : choice.candidates) {
      run(choice, candidate, p, static_cast<float*>(scratch.data())); // its code is loaded, its clock is up
      for (int round = 0; round < 3; ++round) {
        Event const begin = record(stream_, device_);
        run(choice, candidate, p, static_cast<float*>(scratch.data()));
        float const time = milliseconds(begin, record(stream_, device_), device_);
        if (time < least) {
          least = time;
          best = candidate;
        }
      }
    }
    return best;
  }

  /// to: p.result's memory, or as much of another.
  template <class Factor>
  void run(Choice const& choice, Algorithm const& algorithm, ProductOf<Factor> const& p, float* to) const {
    if (p.bias != nullptr) { // the same shape has another one in every layer
      describe(choice.description, CUBLASLT_MATMUL_DESC_BIAS_POINTER, p.bias);
    }
    check(
        cublasLtMatmul(handle_.get(), choice.description.get(), &p.alpha, p.left.data, choice.left.get(), p.right.data,
                       choice.right.get(), &p.beta, p.result.data, choice.result.get(), to, choice.result.get(),
                       &algorithm.value, workspace_.data(), workspace_.size(), stream_),
        [&] { return std::string("cublasLtMatmul for ") + in_words(p); }, device_);
  }

  int device_;
  cudaStream_t stream_;
  ProductOptions options_;
  Handle handle_;
  Preference preference_;
  StreamBytes workspace_;
  std::map<Shape, Choice> choices_;
};

} // namespace srlm::cuda
