/// OneDnnBackend: EigenBackend with the products of the transformer in bf16, by oneDNN. Weights, gradients, moments and
/// activations stay f32 in memory, and so do all operations but products; a product rounds its factors to bf16 and sums
/// in f32. A weight is packed once after it changed: once an optimizer step, once a generation.
///
/// Determinism: as EigenBackend's. Generating, scoring and training use the same products, so the first loss of a
/// preference stage is log 2.
///
/// Where the processor has no AVX-512, oneDNN has no fast bf16, and the products are EigenBackend's f32 (arithmetic()).
#pragma once
#include <srlm/backend/eigen.hpp>
#include <srlm/backend/onednn_products.hpp>
#include <string_view>

namespace srlm {

class OneDnnBackend : public EigenBackend {
 public:
  using Matrix = MatrixView<OneDnnBackend>;

  /// threads: 0 means all that the machine offers.
  explicit OneDnnBackend(int threads = 0) : EigenBackend(threads), products_(EigenBackend::threads()) {}

  /// What products are made in: "bf16", or "f32" where that would be slower.
  std::string_view arithmetic() const { return in_bf16_ ? "bf16" : "f32"; }

  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    if (!in_bf16_) {
      return EigenBackend::matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    host::check_product<OneDnnBackend>(a, op_a, b, op_b, c);
    products_.matmul(alpha, a, op_a, b, op_b, beta, c);
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
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, std::span<float> pages) {
    EigenBackend::write_keys(k, v, plan, shape, pages);
    written(pages);
  }
  void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    EigenBackend::copy_keys(pages, shape, copies);
    written(pages);
  }
  void attention(Matrix q, std::span<float> pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    EigenBackend::attention(q, pages, plan, shape, out, log_sum);
    written(out);
    written(log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    EigenBackend::attention_backward(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
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
      products_.written(x.data(), x.size());
    }
  }
  void written(Matrix const& m) {
    if (m.rows > 0) {
      products_.written(m.data.data(), (m.rows - 1) * m.stride + m.cols);
    }
  }

  bool in_bf16_ = onednn::multiplies_bf16();
  onednn::Bf16Products products_;
};
static_assert(TensorBackend<OneDnnBackend>);

} // namespace srlm
