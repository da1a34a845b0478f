/// The CUDA tensor policy with products of bf16, those of attention among them: weights, gradients, moments and
/// activations stay f32 in memory, and so do all operations but products; a product rounds its factors to bf16 and sums
/// in f32. Keys and values are bf16 in their pages. A weight is rounded once after it changed and kept: once an
/// optimizer step, once a generation. Gradients of weights are added to in f32.
///
/// Determinism: as BasicCudaBackend's.
#pragma once
#include <srlm/backend/cuda_policy.cuh>
#include <srlm/backend/kernels/bfloat16.cuh>
#include <srlm/backend/packed_weights.hpp>
#include <srlm/backend/watched_writes.hpp>

namespace srlm {

namespace cuda {

struct Bf16Options {
  /// Weights are rounded up or down by chance, so that their mean over many steps is the f32 weight; anew after each
  /// change, by numbers that follow from the seed alone. Activations are rounded to nearest always.
  bool by_chance = false;
  std::uint64_t seed = 0;
};

} // namespace cuda

/// Device: as BasicCudaBackend's, with a multiply() for products of kernels::BFloat16 too.
template <class Device>
class BasicCudaBf16Backend : public WatchedWrites<BasicCudaBackend<Device>, BasicCudaBf16Backend<Device>> {
  using Base = BasicCudaBackend<Device>;
  using Watched = WatchedWrites<Base, BasicCudaBf16Backend>;
  friend Watched;
  using Brain = kernels::BFloat16;

 public:
  using Matrix = MatrixView<Base>;
  using Tensor = typename Base::Tensor;
  using Plan = typename Base::AttentionPlan;
  using Floats = typename Base::Floats;

  explicit BasicCudaBf16Backend(std::shared_ptr<Device> device, cuda::Bf16Options const& options = {})
      : Watched(std::move(device)), options_(options) {}

  /// Weights that are kept in bf16 now.
  std::size_t rounded() const { return weights_.size(); }

  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    cuda::Product const p = cuda::product_of(alpha, a, op_a, b, op_b, beta, c);
    if (p.depth == 0 || c.rows == 0 || c.cols == 0) {
      return Watched::matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    with_rounded(p, a, op_a, b, [&](auto const& product) { this->device().multiply(product); });
    this->told(c);
  }
  void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) {
    cuda::Product const p = cuda::product_of(1.0f, a, op_a, b, op_b, 0.0f, c);
    if (p.depth == 0 || c.rows == 0 || c.cols == 0) {
      return Watched::matmul_add_to_rows(a, op_a, b, op_b, x, c);
    }
    with_rounded(p, a, op_a, b, [&](auto const& product) { this->multiply_add_to_rows(product, x, c); });
    this->told(c);
  }

  /// A page takes half of what it takes in f32.
  std::size_t page_floats(AttentionShape const& shape) const { return shape.page_floats() / 2; }
  void write_keys(Matrix k, Matrix v, Plan const& plan, AttentionShape const& shape, Floats pages) {
    this->write_keys_to(k, v, plan, shape, in_pages(pages));
    this->told(pages);
  }
  void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    this->copy_keys_in(in_pages(pages), shape, copies);
    this->told(pages);
  }
  void attention(Matrix q, Floats pages, Plan const& plan, AttentionShape const& shape, Matrix out, Matrix log_sum) {
    this->attend(q, static_cast<Brain const*>(in_pages(pages)), plan, shape, out, log_sum);
    this->told(out);
    this->told(log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out, Plan const& plan,
                          AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    this->template attend_backward<Brain>(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
    this->told(d_q);
    this->told(d_k);
    this->told(d_v);
  }

  using Watched::adamw;
  /// Many tensors, 64 a launch.
  void adamw(std::span<Tensor const> tensors, AdamWStep const& step) {
    Base::adamw(tensors, step);
    for (Tensor const& t : tensors) {
      written(t.value, t.count);
      written(t.first, t.count);
      written(t.second, t.count);
    }
  }

 private:
  enum class Rounding { nearest, chance };

  /// A matrix in bf16, its rows at multiples of 16 bytes.
  struct Rounded {
    DeviceBuffer<Brain, Device> buffer;
    std::size_t stride;

    cuda::ColumnMajor<Brain const> by_columns(Matrix const& m) const { return {buffer.data(), m.cols, m.rows, stride}; }
  };

  /// multiply(the product of rounded factors).
  template <class Multiply>
  void with_rounded(cuda::Product const& p, Matrix const& a, Op op_a, Matrix const& b, Multiply const& multiply) {
    Rounded const right = round(a, Rounding::nearest); // A comes second: see product_layout.hpp
    if (op_a == Op::none) {                            // B is a weight in all that the library does
      Rounded const& left =
          weights_.of(b, Op::none, [&] { return round(b, options_.by_chance ? Rounding::chance : Rounding::nearest); });
      multiply(cuda::with_factors<Brain>(p, left.by_columns(b), right.by_columns(a)));
    } else {
      Rounded const left = round(b, Rounding::nearest);
      multiply(cuda::with_factors<Brain>(p, left.by_columns(b), right.by_columns(a)));
    }
  }

  static Brain* in_pages(Floats pages) { return reinterpret_cast<Brain*>(pages.data()); }

  Rounded round(Matrix const& m, Rounding rounding) {
    std::size_t const stride = (m.cols + 7) / 8 * 8;
    Rounded rounded{this->template allocate<Brain>(m.rows * stride), stride};
    kernels::Rows<float const> const from{m.data.data(), m.stride};
    kernels::Rows<Brain> const to{rounded.buffer.data(), stride};
    std::size_t const pairs = (m.cols + 1) / 2;
    if (rounding == Rounding::chance) {
      this->by_element("round_rows", kernels::round_rows<true>, m.rows, pairs, from, to, this->narrow(m.cols),
                       options_.seed + 0x100000001u * ++roundings_);
    } else {
      this->by_element("round_rows", kernels::round_rows<false>, m.rows, pairs, from, to, this->narrow(m.cols),
                       std::uint64_t{0});
    }
    return rounded;
  }

  void written(float const* data, std::size_t n) { weights_.written(data, n); }

  cuda::Bf16Options options_;
  std::uint64_t roundings_ = 0; ///< of weights
  host::PackedWeights<Rounded> weights_;
};

} // namespace srlm
