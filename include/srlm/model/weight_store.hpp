/// The memory of a model's weights and of their gradients, with access by name, and the adapters beside them.
#pragma once
#include <srlm/model/adapters.hpp>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace srlm::model {

template <TensorBackend B>
class WeightStore {
 public:
  using Floats = BufferOf<B, float>;

  /// All weights are zero.
  WeightStore(B& backend, io::ModelConfig const& config)
      : b_(&backend),
        c_(std::make_unique<io::ModelConfig>(config)),
        layout_(std::make_unique<WeightLayout>(weight_layout(config))),
        values_{zeros(layout_->matrix_floats), zeros(layout_->vector_floats)} {}

  // ---- for the passes
  AdaptedViews<B> values() const {
    return adapters_ && adapters_->on() ? adapters_->beside(views(values_)) : AdaptedViews<B>(views(values_));
  }
  /// Where gradients are added: those of all weights, or of the adapters alone.
  AdaptedViews<B> gradients() {
    make_gradients();
    return adapters_ ? adapters_->gradients_beside(views(*gradients_)) : AdaptedViews<B>(views(*gradients_));
  }
  /// For optimizers: all matrices, then all vectors; or the adapters alone.
  std::vector<Parameter<B>> parameters() {
    if (adapters_) {
      return {adapters_->parameter()};
    }
    make_gradients();
    return {{values_.matrices.span(), gradients_->matrices.span(), true},
            {values_.vectors.span(), gradients_->vectors.span(), false}};
  }

  // ---- weights by name
  std::vector<NamedTensor> const& tensors() const { return layout_->tensors; }
  /// The weight as it acts: with its adapter's part, where it has one that is switched on.
  std::vector<float> tensor(NamedTensor const& t) const {
    auto const stored = place(values_, t);
    std::vector<float> out(t.size);
    AdapterPlace const* const p = adapters_ && adapters_->on() ? adapters_->of(t) : nullptr;
    if (p == nullptr) {
      b_->download(stored, std::span(out));
      return out;
    }
    Floats const sum = b_->template allocate<float>(t.size);
    auto const w = matrix<B>(sum.span(), t.shape[0], t.shape[1]);
    b_->fill_zero(sum.span());
    b_->add(matrix<B>(stored, t.shape[0], t.shape[1]), w);
    auto const v = values();
    b_->matmul(v.scale(), v.b(*p), Op::none, v.a(*p), Op::none, 1.0f, w); // W + scale B A
    b_->download(sum.span(), std::span(out));
    return out;
  }
  void set_tensor(NamedTensor const& t, std::span<float const> from) {
    require(from.size() == t.size, "set_tensor", "values of another size", "as many as the tensor has");
    b_->upload(from, place(values_, t));
  }
  /// Zero under adapters, where the weights themselves do not learn.
  std::vector<float> gradient(NamedTensor const& t) {
    make_gradients();
    std::vector<float> out(t.size, 0.0f);
    if (!adapters_) {
      b_->download(place(*gradients_, t), std::span(out));
    }
    return out;
  }

  // ---- adapters
  std::optional<Adapters<B>>& adapters() { return adapters_; }
  std::optional<Adapters<B>> const& adapters() const { return adapters_; }

  /// The memory of the weights' own gradients is given back. Throws: Error where there are adapters already.
  void add_adapters(Adapters<B> adapters) {
    require(!adapters_, "LoRA", "a model that has adapters", "one without; merge them first");
    adapters_.emplace(std::move(adapters));
    gradients_.reset();
  }
  /// The weights become what they act as, adapters switched on. Throws: Error where there are none.
  void merge_adapters() {
    require(adapters_.has_value(), "LoRA", "a model without adapters", "one with adapters to merge");
    adapters_->switch_on(true);
    for (NamedTensor const& t : tensors()) {
      if (adapters_->of(t) != nullptr) {
        set_tensor(t, tensor(t));
      }
    }
    adapters_.reset();
    gradients_.reset();
  }

 private:
  struct Arena {
    Floats matrices, vectors;
  };

  WeightViews<B> views(Arena const& arena) const {
    return {*c_, *layout_, arena.matrices.span(), arena.vectors.span()};
  }

  Floats zeros(std::size_t n) {
    Floats buffer = b_->template allocate<float>(n);
    b_->fill_zero(buffer.span());
    return buffer;
  }

  /// On first use: a model that only writes and scores needs none. Under adapters there is room for the vectors' alone,
  /// which the passes add to and nobody reads.
  void make_gradients() {
    if (!gradients_) {
      gradients_.emplace(Arena{zeros(adapters_ ? 0 : layout_->matrix_floats), zeros(layout_->vector_floats)});
    } else if (adapters_) {
      b_->fill_zero(gradients_->vectors.span());
    }
  }

  static auto place(Arena const& arena, NamedTensor const& t) {
    return (t.is_matrix ? arena.matrices : arena.vectors).span().subspan(t.offset, t.size);
  }

  B* b_;
  std::unique_ptr<io::ModelConfig> c_;   // views point to it ...
  std::unique_ptr<WeightLayout> layout_; // ... and to it
  Arena values_;
  std::optional<Arena> gradients_;
  std::optional<Adapters<B>> adapters_;
};

} // namespace srlm::model
