/// The products of a layer, x W^T, with what low-rank adapters add to them, forward and backward (Hu et al. 2021,
/// equation 3). Where adapters learn, the weights under them do not: no gradient of W is computed.
#pragma once
#include <srlm/model/lora_layout.hpp>
#include <algorithm> // partition_point

namespace srlm::model {

/// A model's weights and the adapters beside them. The same views serve values and gradients.
template <class B>
class AdaptedViews : public WeightViews<B> {
 public:
  using Floats = typename B::template span<float>;

  /// No adapters: all weights act, and learn.
  explicit AdaptedViews(WeightViews<B> const& weights) : WeightViews<B>(weights) {}
  /// Adapters act, and they alone learn.
  AdaptedViews(WeightViews<B> const& weights, LoraLayout const& layout, Floats floats)
      : WeightViews<B>(weights), layout_(&layout), floats_(floats) {}

  bool adapted() const { return layout_ != nullptr; }
  std::size_t rank() const { return layout_->rank(); }
  float scale() const { return layout_->scale(); }

  MatrixView<B> a(AdapterPlace const& p) const { return matrix<B>(floats_.subspan(p.a), rank(), p.projection.inputs); }
  MatrixView<B> b(AdapterPlace const& p) const { return matrix<B>(floats_.subspan(p.b), p.projection.outputs, rank()); }

  /// Calls f(place) for the adapters of one product of a layer.
  template <class F>
  void for_each_adapter(std::size_t layer, Linear which, F&& f) const {
    if (!adapted()) {
      return;
    }
    auto const end = layout_->places.end();
    auto at =
        std::partition_point(layout_->places.begin(), end, [&](AdapterPlace const& p) { return p.layer < layer; });
    for (; at != end && at->layer == layer; ++at) {
      if (at->projection.linear == which) {
        f(*at);
      }
    }
  }

 private:
  LoraLayout const* layout_ = nullptr;
  Floats floats_ = {};
};

/// y += scale (x A^T) B^T. x [T, in], y [T, out].
template <TensorBackend B>
void add_adapters(B& backend, AdaptedViews<B> const& w, std::size_t layer, Linear which, MatrixView<B> x,
                  MatrixView<B> y) {
  w.for_each_adapter(layer, which, [&](AdapterPlace const& p) {
    BufferOf<B, float> const buffer = backend.template allocate<float>(x.rows * w.rank());
    auto const low = matrix<B>(buffer.span(), x.rows, w.rank());
    backend.matmul(1.0f, x, Op::none, w.a(p), Op::transpose, 0.0f, low);
    backend.matmul(w.scale(), low, Op::none, w.b(p), Op::transpose, 1.0f,
                   columns_of(y, p.projection.first_output, p.projection.outputs));
  });
}

/// y = x W^T + scale (x A^T) B^T. x [T, in], y [T, out].
template <TensorBackend B>
void linear(B& backend, AdaptedViews<B> const& w, std::size_t layer, Linear which, MatrixView<B> x, MatrixView<B> y) {
  backend.matmul(1.0f, x, Op::none, w.linear(layer, which), Op::transpose, 0.0f, y);
  add_adapters(backend, w, layer, which, x, y);
}

/// The same, and every row += bias [out].
template <TensorBackend B>
void linear_with_bias(B& backend, AdaptedViews<B> const& w, std::size_t layer, Linear which, MatrixView<B> x,
                      typename B::template span<float> bias, MatrixView<B> y) {
  matmul_add_to_rows(backend, x, Op::none, w.linear(layer, which), Op::transpose, bias, y);
  add_adapters(backend, w, layer, which, x, y);
}

/// d_x = d_y W + scale (d_y B) A. Without adapters g.W += d_y^T x; with them g.B += scale d_y^T (x A^T) and
/// g.A += scale (d_y B)^T x instead.
template <TensorBackend B>
void linear_backward(B& backend, AdaptedViews<B> const& w, AdaptedViews<B> const& g, std::size_t layer, Linear which,
                     MatrixView<B> x, MatrixView<B> d_y, MatrixView<B> d_x) {
  if (!g.adapted()) {
    backend.matmul(1.0f, d_y, Op::transpose, x, Op::none, 1.0f, g.linear(layer, which));
  }
  backend.matmul(1.0f, d_y, Op::none, w.linear(layer, which), Op::none, 0.0f, d_x);
  w.for_each_adapter(layer, which, [&](AdapterPlace const& p) {
    auto const part = columns_of(d_y, p.projection.first_output, p.projection.outputs);
    BufferOf<B, float> const low_buffer = backend.template allocate<float>(x.rows * w.rank());
    BufferOf<B, float> const d_low_buffer = backend.template allocate<float>(x.rows * w.rank());
    auto const low = matrix<B>(low_buffer.span(), x.rows, w.rank()),
               d_low = matrix<B>(d_low_buffer.span(), x.rows, w.rank());
    backend.matmul(1.0f, x, Op::none, w.a(p), Op::transpose, 0.0f, low);
    backend.matmul(w.scale(), part, Op::none, w.b(p), Op::none, 0.0f, d_low);
    backend.matmul(w.scale(), part, Op::transpose, low, Op::none, 1.0f, g.b(p));
    backend.matmul(1.0f, d_low, Op::transpose, x, Op::none, 1.0f, g.a(p));
    backend.matmul(1.0f, d_low, Op::none, w.a(p), Op::none, 1.0f, d_x);
  });
}

} // namespace srlm::model
