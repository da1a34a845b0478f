/// OneDnnBackend: EigenBackend with the products of the transformer, those of attention among them, in bf16. Weights,
/// gradients, moments and activations stay f32 in memory, and so do all operations but products; a product rounds its
/// factors to bf16 and sums in f32. A weight is packed once after it changed: once an optimizer step, once a
/// generation.
///
/// Vector code is Highway's, for the instruction set that the processor has (highway_vectors.hpp).
///
/// Determinism: as EigenBackend's. Generating, scoring and training use the same products, so the first loss of a
/// preference stage is log 2.
///
/// By whom, the processor decides (Bf16By): with matrix tiles (AMX) or the dot product of AVX512-BF16 by kernels of our
/// own, with plain AVX-512 by oneDNN (attention then in f32); elsewhere products are EigenBackend's f32.
#pragma once
#include <srlm/backend/bf16_attention_backward.hpp>
#include <srlm/backend/bf16_products.hpp>
#include <srlm/backend/eigen.hpp>
#include <srlm/backend/highway_vectors.hpp>
#include <srlm/backend/onednn_products.hpp>
#include <srlm/backend/watched_writes.hpp>
#include <string_view>

namespace srlm {

/// Who makes products of bf16: kernels of our own (plain loops where the processor lacks the instructions), oneDNN
/// (where onednn::multiplies_bf16()), or nobody.
enum class Bf16By { kernels, onednn, nobody };

/// The fastest on this processor.
inline Bf16By fastest_bf16() {
  if (bf16::has_matrix_tiles() || bf16::has_dot_product()) {
    return Bf16By::kernels;
  }
  return onednn::multiplies_bf16() ? Bf16By::onednn : Bf16By::nobody;
}

/// No packed weight outlives a change: WatchedWrites tells of all of them.
class OneDnnBackend : public WatchedWrites<EigenBackend, OneDnnBackend> {
  using Watched = WatchedWrites<EigenBackend, OneDnnBackend>;
  friend Watched;

 public:
  using Matrix = MatrixView<EigenBackend>;

  /// threads: 0 means all that the machine offers. Throws: Error where oneDNN is asked for and not
  /// onednn::multiplies_bf16().
  explicit OneDnnBackend(int threads = 0, Bf16By by = fastest_bf16())
      : Watched(threads, host::highway_vectors()),
        by_(by),
        own_(EigenBackend::threads(), pool()),
        products_(EigenBackend::threads()) {
    require(by != Bf16By::onednn || onednn::multiplies_bf16(), "OneDnnBackend",
            "Bf16By::onednn on a processor without AVX-512, or with matrix tiles (AMX)",
            "AVX-512 alone: by tiles and other instructions in turn, a row's bits would depend on the batch");
  }

  /// What products are made in: "bf16", or "f32" where that would be slower.
  std::string_view arithmetic() const { return by_ == Bf16By::nobody ? "f32" : "bf16"; }

  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    if (by_ == Bf16By::nobody) {
      return Watched::matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    host::check_product<EigenBackend>(a, op_a, b, op_b, c);
    if (by_ == Bf16By::kernels) {
      own_.matmul(alpha, a, op_a, b, op_b, beta, c);
    } else {
      products_.matmul(alpha, a, op_a, b, op_b, beta, c);
    }
    told(c);
  }

  std::size_t page_floats(AttentionShape const& shape) const {
    return in_bf16(shape) ? shape.page_floats() / 2 : shape.page_floats();
  }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, std::span<float> pages) {
    if (!in_bf16(shape)) {
      return Watched::write_keys(k, v, plan, shape, pages);
    }
    host::write_keys<EigenBackend, bf16::Pages>(threads(), k, v, plan.writes, shape, pages);
    told(pages);
  }
  void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    if (!in_bf16(shape)) {
      return Watched::copy_keys(pages, shape, copies);
    }
    host::copy_keys<bf16::Pages>(pages, shape, copies);
    told(pages);
  }
  void attention(Matrix q, std::span<float> pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    if (!in_bf16(shape)) {
      return Watched::attention(q, pages, plan, shape, out, log_sum);
    }
    host::attention<EigenBackend, bf16::Pages>(threads(), vectors(), q, pages, plan, shape, out, log_sum);
    told(out);
    told(log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    if (!in_bf16(shape)) {
      return Watched::attention_backward(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
    }
    host::attention_backward<EigenBackend, bf16::TreeKeys>(threads(), vectors(), pool(), q, k, v, out, log_sum, d_out,
                                                           plan, shape, d_q, d_k, d_v);
    told(d_q);
    told(d_k);
    told(d_v);
  }

 private:
  void written(float const* data, std::size_t n) {
    own_.written(data, n);
    products_.written(data, n);
  }
  bool in_bf16(AttentionShape const& shape) const { return by_ == Bf16By::kernels && bf16::takes(shape); }

  Bf16By by_;
  bf16::Products own_;
  onednn::Bf16Products products_;
};
static_assert(TensorBackend<OneDnnBackend>);

} // namespace srlm
