/// The memory of a model's low-rank adapters and of their gradients.
#pragma once
#include <srlm/model/linear.hpp>
#include <memory>
#include <span>
#include <utility> // exchange
#include <vector>

namespace srlm::model {

template <TensorBackend B>
class Adapters {
 public:
  using Floats = BufferOf<B, float>;

  /// All zero, switched on.
  Adapters(B& backend, LoraLayout layout)
      : b_(&backend),
        layout_(std::make_unique<LoraLayout>(std::move(layout))),
        values_(backend.template allocate<float>(layout_->floats)),
        gradients_(backend.template allocate<float>(layout_->floats)) {
    b_->fill_zero(values_.span());
    b_->fill_zero(gradients_.span());
  }

  LoraLayout const& layout() const { return *layout_; }
  Parameter<B> parameter() const { return {values_.span(), gradients_.span(), true}; }

  bool on() const { return on_; }
  /// Returns what it was.
  bool switch_on(bool on) { return std::exchange(on_, on); }

  AdaptedViews<B> beside(WeightViews<B> const& weights) const { return {weights, *layout_, values_.span()}; }
  AdaptedViews<B> gradients_beside(WeightViews<B> const& gradients) const {
    return {gradients, *layout_, gradients_.span()};
  }

  /// The adapter of the weight of that name, or nullptr.
  AdapterPlace const* of(NamedTensor const& weight) const {
    for (AdapterPlace const& p : layout_->places) {
      if (weight.name == p.projection.module(p.layer) + ".weight") {
        return &p;
      }
    }
    return nullptr;
  }

  // ---- A and B by name
  std::vector<NamedTensor> const& tensors() const { return layout_->tensors; }
  std::vector<float> tensor(NamedTensor const& t) const { return download(values_, t); }
  std::vector<float> gradient(NamedTensor const& t) const { return download(gradients_, t); }
  void set_tensor(NamedTensor const& t, std::span<float const> from) {
    require(from.size() == t.size, "set_tensor", "values of another size", "as many as the tensor has");
    b_->upload(from, values_.span().subspan(t.offset, t.size));
  }

 private:
  std::vector<float> download(Floats const& from, NamedTensor const& t) const {
    std::vector<float> out(t.size);
    b_->download(from.span().subspan(t.offset, t.size), std::span(out));
    return out;
  }

  B* b_;
  std::unique_ptr<LoraLayout> layout_; // views point to it
  Floats values_, gradients_;
  bool on_ = true;
};

} // namespace srlm::model
