/// The parameters of the decoder: one block of memory for all matrices and one for all vectors, with views by role and
/// by Hugging Face name. Query, key and value projections lie together, and so do gate and up: one product each.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/io/model_config.hpp>
#include <string>
#include <vector>

namespace srlm::model {

/// What an optimizer sees: values, their gradient, and whether weight decay applies (matrices: yes, vectors: no choice
/// is made here; a stepper may treat them alike).
template <class B>
struct Parameter {
  typename B::template span<float> value, gradient;
  bool is_matrix;
};

/// One tensor by its Hugging Face name: `size` floats from `offset` on in the arena of matrices or vectors.
struct NamedTensor {
  std::string name;
  std::vector<std::size_t> shape;
  bool is_matrix;
  std::size_t offset, size;
};

/// Where everything lies. F intermediate, C hidden, H heads, K key heads, D head dimension, V vocabulary.
struct LayerOffsets {
  std::size_t qkv, out, gate_up, down;         ///< matrices [(H + 2K) D, C], [C, H D], [2F, C], [C, F]
  std::size_t input_norm, post_norm, qkv_bias; ///< vectors [C], [C], [(H + 2K) D]
};

struct WeightLayout {
  std::vector<NamedTensor> tensors; ///< every tensor of the checkpoint once
  std::vector<LayerOffsets> layers;
  std::size_t embedding = 0, head = 0, final_norm = 0; ///< head equals embedding when they are tied
  std::size_t matrix_floats = 0, vector_floats = 0;
};

inline WeightLayout weight_layout(io::ModelConfig const& c) {
  WeightLayout w;
  auto const matrix = [&](std::string name, std::size_t rows, std::size_t cols) {
    w.tensors.push_back({std::move(name), {rows, cols}, true, w.matrix_floats, rows * cols});
    return std::exchange(w.matrix_floats, w.matrix_floats + rows * cols);
  };
  auto const vector = [&](std::string name, std::size_t size) {
    w.tensors.push_back({std::move(name), {size}, false, w.vector_floats, size});
    return std::exchange(w.vector_floats, w.vector_floats + size);
  };
  std::size_t const q = c.heads * c.head_dim, kv = c.kv_heads * c.head_dim;
  w.embedding = matrix("model.embed_tokens.weight", c.vocabulary, c.hidden);
  for (std::size_t l = 0; l < c.layers; ++l) {
    std::string const layer = "model.layers." + std::to_string(l) + ".", attention = layer + "self_attn.";
    LayerOffsets offsets{};
    offsets.input_norm = vector(layer + "input_layernorm.weight", c.hidden);
    offsets.qkv = matrix(attention + "q_proj.weight", q, c.hidden);
    matrix(attention + "k_proj.weight", kv, c.hidden);
    matrix(attention + "v_proj.weight", kv, c.hidden);
    if (c.qkv_bias) {
      offsets.qkv_bias = vector(attention + "q_proj.bias", q);
      vector(attention + "k_proj.bias", kv);
      vector(attention + "v_proj.bias", kv);
    }
    offsets.out = matrix(attention + "o_proj.weight", c.hidden, q);
    offsets.post_norm = vector(layer + "post_attention_layernorm.weight", c.hidden);
    offsets.gate_up = matrix(layer + "mlp.gate_proj.weight", c.intermediate, c.hidden);
    matrix(layer + "mlp.up_proj.weight", c.intermediate, c.hidden);
    offsets.down = matrix(layer + "mlp.down_proj.weight", c.hidden, c.intermediate);
    w.layers.push_back(offsets);
  }
  w.final_norm = vector("model.norm.weight", c.hidden);
  w.head = c.tied_embeddings ? w.embedding : matrix("lm_head.weight", c.vocabulary, c.hidden);
  return w;
}

/// The four products of a layer.
enum class Linear { qkv, out, gate_up, down };

/// The same views serve values and gradients.
template <class B>
class WeightViews {
 public:
  WeightViews(io::ModelConfig const& config, WeightLayout const& layout, typename B::template span<float> matrices,
              typename B::template span<float> vectors)
      : c_(&config), layout_(&layout), matrices_(matrices), vectors_(vectors) {}

  MatrixView<B> embedding() const { return at(layout_->embedding, c_->vocabulary, c_->hidden); }
  MatrixView<B> head() const { return at(layout_->head, c_->vocabulary, c_->hidden); }
  MatrixView<B> linear(std::size_t l, Linear which) const {
    switch (which) {
    case Linear::qkv:
      return at(layer(l).qkv, qkv_width(), c_->hidden);
    case Linear::out:
      return at(layer(l).out, c_->hidden, c_->heads * c_->head_dim);
    case Linear::gate_up:
      return at(layer(l).gate_up, 2 * c_->intermediate, c_->hidden);
    case Linear::down:
      break;
    }
    return at(layer(l).down, c_->hidden, c_->intermediate);
  }
  auto input_norm(std::size_t l) const { return vectors_.subspan(layer(l).input_norm, c_->hidden); }
  auto post_norm(std::size_t l) const { return vectors_.subspan(layer(l).post_norm, c_->hidden); }
  auto qkv_bias(std::size_t l) const { return vectors_.subspan(layer(l).qkv_bias, qkv_width()); }
  auto final_norm() const { return vectors_.subspan(layout_->final_norm, c_->hidden); }

 private:
  LayerOffsets const& layer(std::size_t l) const { return layout_->layers[l]; }
  std::size_t qkv_width() const { return (c_->heads + 2 * c_->kv_heads) * c_->head_dim; }
  MatrixView<B> at(std::size_t offset, std::size_t rows, std::size_t cols) const {
    return matrix<B>(matrices_.subspan(offset), rows, cols);
  }

  io::ModelConfig const* c_;
  WeightLayout const* layout_;
  typename B::template span<float> matrices_, vectors_;
};

} // namespace srlm::model
