/// OneDnnBackend: EigenBackend with the products of the transformer, those of attention among them, in bf16. Weights,
/// gradients, moments and activations stay f32 in memory, and so do all operations but products; a product rounds its
/// factors to bf16 and sums in f32. A weight is packed once after it changed: once an optimizer step, once a
/// generation.
///
/// Determinism: as EigenBackend's. Generating, scoring and training use the same products, so the first loss of a
/// preference stage is log 2.
///
/// By whom, the processor decides (Bf16By): with the dot products of AVX512-BF16 by kernels of our own, with matrix
/// tiles or plain AVX-512 by oneDNN (attention then in f32); elsewhere products are EigenBackend's f32.
#pragma once
#include <srlm/backend/bf16_attention_backward.hpp>
#include <srlm/backend/bf16_products.hpp>
#include <srlm/backend/eigen.hpp>
#include <srlm/backend/onednn_products.hpp>
#include <string_view>

namespace srlm {

/// Who makes products of bf16: kernels of our own, in their own words where the processor lacks the instruction.
enum class Bf16By { kernels, onednn, nobody };

/// The fastest on this processor.
inline Bf16By fastest_bf16() {
  if (onednn::has_matrix_tiles()) {
    return Bf16By::onednn;
  }
  if (bf16::has_dot_product()) {
    return Bf16By::kernels;
  }
  return onednn::multiplies_bf16() ? Bf16By::onednn : Bf16By::nobody;
}

class OneDnnBackend : public EigenBackend {
 public:
  using Matrix = MatrixView<OneDnnBackend>;

  /// threads: 0 means all that the machine offers.
  explicit OneDnnBackend(int threads = 0, Bf16By by = fastest_bf16())
      : EigenBackend(threads), by_(by), own_(EigenBackend::threads(), pool()), products_(EigenBackend::threads()) {}

  /// What products are made in: "bf16", or "f32" where that would be slower.
  std::string_view arithmetic() const { return by_ == Bf16By::nobody ? "f32" : "bf16"; }

  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    if (by_ == Bf16By::nobody) {
      return EigenBackend::matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    host::check_product<OneDnnBackend>(a, op_a, b, op_b, c);
    if (by_ == Bf16By::kernels) {
      own_.matmul(alpha, a, op_a, b, op_b, beta, c);
    } else {
      products_.matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    written(c);
  }

  // ---- everything else that writes, so that no packed weight outlives a change; where somebody writes through a span
  // himself, forget() is his to call
  void forget(std::span<float> x) { written(x); }

  template <class T>
  void upload(std::span<T const> from, std::span<T> to) {
    EigenBackend::upload(from, to);
    written(to);
  }
  template <class T>
  void fill_zero(std::span<T> x) {
    EigenBackend::fill_zero(x);
    written(x);
  }
  void adamw(std::span<float> value, std::span<float> gradient, std::span<float> first, std::span<float> second,
             AdamWStep const& step) {
    EigenBackend::adamw(value, gradient, first, second, step);
    written(value);
    written(first);
    written(second);
  }
  void gather_rows(Matrix table, std::span<std::int32_t> ids, Matrix out) {
    EigenBackend::gather_rows(table, ids, out);
    written(out);
  }
  void scatter_add_rows(Matrix rows, std::span<std::int32_t> ids, Matrix table) {
    EigenBackend::scatter_add_rows(rows, ids, table);
    written(table);
  }
  void add(Matrix x, Matrix y) {
    EigenBackend::add(x, y);
    written(y);
  }
  void add_to_rows(std::span<float> x, Matrix y) {
    EigenBackend::add_to_rows(x, y);
    written(y);
  }
  void sum_rows(Matrix y, std::span<float> x) {
    EigenBackend::sum_rows(y, x);
    written(x);
  }
  void rms_norm(Matrix x, std::span<float> gain, float epsilon, Matrix out) {
    EigenBackend::rms_norm(x, gain, epsilon, out);
    written(out);
  }
  void rms_norm_backward(Matrix x, std::span<float> gain, float epsilon, Matrix d_out, Matrix d_x,
                         std::span<float> d_gain) {
    EigenBackend::rms_norm_backward(x, gain, epsilon, d_out, d_x, d_gain);
    written(d_x);
    written(d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, std::span<std::int32_t> positions, Matrix cosine, Matrix sine,
              float sign) {
    EigenBackend::rotate(x, head_dim, positions, cosine, sine, sign);
    written(x);
  }
  void swiglu(Matrix gate_up, Matrix out) {
    EigenBackend::swiglu(gate_up, out);
    written(out);
  }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    EigenBackend::swiglu_backward(gate_up, d_out, d_gate_up);
    written(d_gate_up);
  }
  std::size_t page_floats(AttentionShape const& shape) const {
    return in_bf16(shape) ? shape.page_floats() / 2 : shape.page_floats();
  }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, std::span<float> pages) {
    if (in_bf16(shape)) {
      host::write_keys<OneDnnBackend, bf16::Pages>(threads(), k, v, plan.writes, shape, pages);
    } else {
      EigenBackend::write_keys(k, v, plan, shape, pages);
    }
    written(pages);
  }
  void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    if (in_bf16(shape)) {
      host::copy_keys<bf16::Pages>(pages, shape, copies);
    } else {
      EigenBackend::copy_keys(pages, shape, copies);
    }
    written(pages);
  }
  void attention(Matrix q, std::span<float> pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    if (in_bf16(shape)) {
      host::attention<OneDnnBackend, bf16::Pages>(threads(), q, pages, plan, shape, out, log_sum);
    } else {
      EigenBackend::attention(q, pages, plan, shape, out, log_sum);
    }
    written(out);
    written(log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    if (in_bf16(shape)) {
      host::attention_backward<OneDnnBackend, bf16::TreeKeys>(threads(), q, k, v, out, log_sum, d_out, plan, shape, d_q,
                                                              d_k, d_v);
    } else {
      EigenBackend::attention_backward(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
    }
    written(d_q);
    written(d_k);
    written(d_v);
  }
  void log_probs(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum, std::span<float> log_prob) {
    EigenBackend::log_probs(logits, targets, log_sum, log_prob);
    written(log_sum);
    written(log_prob);
  }
  void log_probs_backward(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum,
                          std::span<float> weight) {
    EigenBackend::log_probs_backward(logits, targets, log_sum, weight);
    written(logits);
  }

 private:
  template <class T>
  void written(std::span<T> x) {
    if constexpr (std::same_as<T, float>) {
      own_.written(x.data(), x.size());
      products_.written(x.data(), x.size());
    }
  }
  void written(Matrix const& m) {
    if (m.rows > 0) {
      written(m.data.subspan(0, (m.rows - 1) * m.stride + m.cols));
    }
  }
  bool in_bf16(AttentionShape const& shape) const { return by_ == Bf16By::kernels && bf16::takes(shape); }

  Bf16By by_;
  bf16::Products own_;
  onednn::Bf16Products products_;
};
static_assert(TensorBackend<OneDnnBackend>);

} // namespace srlm
