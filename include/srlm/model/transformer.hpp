/// The decoder of Llama, SmolLM2, Mistral and Qwen2 over any TensorBackend: hand-written forward and backward of packed
/// rows. One forward serves scoring, training, reading prompts and writing tokens, so all four see the same bits.
#pragma once
#include <srlm/model/linear.hpp>
#include <srlm/model/rope.hpp>
#include <srlm/model/row_plan.hpp>

namespace srlm::model {

/// What the backward pass needs of one layer. T rows.
template <class B>
struct LayerTape {
  BufferOf<B, float> input, qkv, attended, log_sum, middle, gate_up;
};

/// What a forward pass leaves for a backward pass: nothing, each layer's input (a fifteenth of the memory; the rest is
/// computed again, to the same bits), or everything.
enum class Keep { nothing, inputs, all };

template <TensorBackend B>
class Transformer {
 public:
  using Matrix = MatrixView<B>;
  using Floats = BufferOf<B, float>;
  using Plan = typename B::AttentionPlan;
  using Weights = AdaptedViews<B>;

  Transformer(B& backend, io::ModelConfig const& config)
      : b_(&backend),
        c_(config),
        cosine_(floats(c_.context * c_.head_dim / 2)),
        sine_(floats(c_.context * c_.head_dim / 2)) {
    RopeTable const table = rope_table(c_, c_.context);
    b_->upload(std::span<float const>(table.cosine), cosine_.span());
    b_->upload(std::span<float const>(table.sine), sine_.span());
  }

  AttentionShape shape() const { return {c_.heads, c_.kv_heads, c_.head_dim}; }

  /// The last hidden state of every row [T, C], before the final norm, or of the rows `wanted` alone where some are
  /// named and nothing is kept: behind the last attention no others are computed. pages(l) gives layer l's key pages,
  /// with earlier positions already in them; the rows' own keys are added. tape: gets one entry a layer, unless nothing
  /// is kept.
  template <class Pages>
  Floats forward(Weights const& w, typename B::template span<std::int32_t> tokens,
                 typename B::template span<std::int32_t> positions, Plan const& plan, Pages&& pages, Keep keep,
                 std::vector<LayerTape<B>>& tape, typename B::template span<std::int32_t> wanted = {}) {
    std::size_t rows = tokens.size();
    Floats x = floats(rows * c_.hidden), normed = floats(rows * c_.hidden), act = floats(rows * c_.intermediate);
    b_->gather_rows(w.embedding(), tokens, as(x, rows, c_.hidden));
    LayerTape<B> layer = layer_tape(rows);
    for (std::size_t l = 0; l < c_.layers; ++l) {
      if (keep == Keep::all && l > 0) {
        layer = layer_tape(rows);
      }
      attend(w, l, as(x, rows, c_.hidden), positions, plan, pages(l), as(normed, rows, c_.hidden), layer);
      if (l + 1 == c_.layers && keep == Keep::nothing && wanted.size() > 0) {
        x = picked(x, rows, c_.hidden, wanted);
        layer.attended = picked(layer.attended, rows, q_width(), wanted);
        rows = wanted.size();
      }
      before_down(w, l, as(x, rows, c_.hidden), as(normed, rows, c_.hidden), layer);
      Matrix const hidden = as(act, rows, c_.intermediate);
      b_->swiglu(as(layer.gate_up, rows, 2 * c_.intermediate), hidden);
      Floats next = keep != Keep::nothing ? floats(rows * c_.hidden) : Floats(std::move(x));
      if (keep != Keep::nothing) {
        layer.input = std::move(x);
      }
      linear(*b_, w, l, Linear::down, hidden, as(next, rows, c_.hidden));
      b_->add(as(layer.middle, rows, c_.hidden), as(next, rows, c_.hidden));
      x = std::move(next);
      if (keep == Keep::all) {
        tape.push_back(std::move(layer));
      } else if (keep == Keep::inputs) {
        tape.push_back({std::move(layer.input), floats(0), floats(0), floats(0), floats(0), floats(0)});
      }
    }
    return x;
  }

  /// d_x [T, C]: the gradient at the last hidden state; it is used up. pages: that the plan's layout has. Adds to the
  /// gradients g of all weights, or of the adapters where there are some; the gradients of the norms' gains are then
  /// computed beside and serve nobody.
  void backward(Weights const& w, Weights const& g, typename B::template span<std::int32_t> tokens,
                typename B::template span<std::int32_t> positions, Plan const& plan, std::size_t pages,
                std::vector<LayerTape<B>>& tape, Floats& d_x) {
    std::size_t const rows = tokens.size();
    Floats normed = floats(rows * c_.hidden), d_normed = floats(rows * c_.hidden);
    Floats act = floats(rows * c_.intermediate), d_act = floats(rows * c_.intermediate),
           d_gate_up = floats(rows * 2 * c_.intermediate);
    Floats d_attended = floats(rows * q_width()), d_qkv = floats(rows * qkv_width());
    Matrix const dx = as(d_x, rows, c_.hidden), norm = as(normed, rows, c_.hidden),
                 d_norm = as(d_normed, rows, c_.hidden), hidden = as(act, rows, c_.intermediate),
                 d_hidden = as(d_act, rows, c_.intermediate), d_gu = as(d_gate_up, rows, 2 * c_.intermediate);
    for (std::size_t l = c_.layers; l-- > 0;) {
      LayerTape<B> layer = whole(w, l, std::move(tape[l]), positions, plan, pages, norm);
      Matrix const gate_up = as(layer.gate_up, rows, 2 * c_.intermediate), middle = as(layer.middle, rows, c_.hidden);
      b_->swiglu(gate_up, hidden);
      linear_backward(*b_, w, g, l, Linear::down, hidden, dx, d_hidden);
      b_->swiglu_backward(gate_up, d_hidden, d_gu);
      b_->rms_norm(middle, w.post_norm(l), epsilon(), norm);
      linear_backward(*b_, w, g, l, Linear::gate_up, norm, d_gu, d_norm);
      b_->rms_norm_backward(middle, w.post_norm(l), epsilon(), d_norm, dx, g.post_norm(l));

      Matrix const attended = as(layer.attended, rows, q_width()), d_att = as(d_attended, rows, q_width()),
                   input = as(layer.input, rows, c_.hidden);
      linear_backward(*b_, w, g, l, Linear::out, attended, dx, d_att);
      Qkv const qkv = split(as(layer.qkv, rows, qkv_width())), d = split(as(d_qkv, rows, qkv_width()));
      b_->attention_backward(qkv.q, qkv.k, qkv.v, attended, as(layer.log_sum, rows, c_.heads), d_att, plan, shape(),
                             d.q, d.k, d.v);
      rotate(d, positions, -1.0f);
      b_->rms_norm(input, w.input_norm(l), epsilon(), norm);
      linear_backward(*b_, w, g, l, Linear::qkv, norm, d.all, d_norm);
      if (c_.qkv_bias && !g.adapted()) {
        b_->sum_rows(d.all, g.qkv_bias(l));
      }
      b_->rms_norm_backward(input, w.input_norm(l), epsilon(), d_norm, dx, g.input_norm(l));
    }
    if (!g.adapted()) {
      b_->scatter_add_rows(dx, tokens, g.embedding());
    }
  }

 private:
  /// A layer's attention. The tape gets what it takes and gives. norm: room for [T, C].
  void attend(Weights const& w, std::size_t l, Matrix const& input, typename B::template span<std::int32_t> positions,
              Plan const& plan, typename B::template span<float> pages, Matrix const& norm, LayerTape<B>& layer) {
    b_->rms_norm(input, w.input_norm(l), epsilon(), norm);
    Qkv const qkv = project(w, l, norm, layer.qkv, positions);
    b_->write_keys(qkv.k, qkv.v, plan, shape(), pages);
    b_->attention(qkv.q, pages, plan, shape(), as(layer.attended, input.rows, q_width()),
                  as(layer.log_sum, input.rows, c_.heads));
  }

  /// A layer from what it attended to, up to its gated unit. The tape gets what lies between. norm: room for [T, C].
  void before_down(Weights const& w, std::size_t l, Matrix const& input, Matrix const& norm, LayerTape<B>& layer) {
    std::size_t const rows = input.rows;
    Matrix const middle = as(layer.middle, rows, c_.hidden);
    linear(*b_, w, l, Linear::out, as(layer.attended, rows, q_width()), middle);
    b_->add(input, middle);
    b_->rms_norm(middle, w.post_norm(l), epsilon(), norm);
    linear(*b_, w, l, Linear::gate_up, norm, as(layer.gate_up, rows, 2 * c_.intermediate));
  }

  Floats picked(Floats const& from, std::size_t rows, std::size_t width,
                typename B::template span<std::int32_t> which) {
    Floats some = floats(which.size() * width);
    b_->gather_rows(as(from, rows, width), which, as(some, which.size(), width));
    return some;
  }

  /// A layer's tape as it is, or computed again from its input.
  LayerTape<B> whole(Weights const& w, std::size_t l, LayerTape<B> layer,
                     typename B::template span<std::int32_t> positions, Plan const& plan, std::size_t pages,
                     Matrix const& norm) {
    if (layer.gate_up.span().size() > 0) {
      return layer;
    }
    LayerTape<B> again = layer_tape(norm.rows);
    again.input = std::move(layer.input);
    Floats const room = floats(pages * page_floats(*b_, shape()));
    Matrix const input = as(again.input, norm.rows, c_.hidden);
    attend(w, l, input, positions, plan, room.span(), norm, again);
    before_down(w, l, input, norm, again);
    return again;
  }

  /// Queries, keys and values as columns of one matrix.
  struct Qkv {
    Matrix all, q, k, v;
  };

  Qkv split(Matrix const& all) const {
    std::size_t const kv = c_.kv_heads * c_.head_dim;
    return {all, columns_of(all, 0, q_width()), columns_of(all, q_width(), kv), columns_of(all, q_width() + kv, kv)};
  }

  Qkv project(Weights const& w, std::size_t l, Matrix const& norm, Floats& buffer,
              typename B::template span<std::int32_t> positions) {
    Qkv const qkv = split(as(buffer, norm.rows, qkv_width()));
    if (c_.qkv_bias) {
      linear_with_bias(*b_, w, l, Linear::qkv, norm, w.qkv_bias(l), qkv.all);
    } else {
      linear(*b_, w, l, Linear::qkv, norm, qkv.all);
    }
    rotate(qkv, positions, 1.0f);
    return qkv;
  }

  void rotate(Qkv const& qkv, typename B::template span<std::int32_t> positions, float sign) {
    std::size_t const half = c_.head_dim / 2;
    Matrix const cosine = matrix<B>(cosine_.span(), c_.context, half), sine = matrix<B>(sine_.span(), c_.context, half);
    b_->rotate(qkv.q, c_.head_dim, positions, cosine, sine, sign);
    b_->rotate(qkv.k, c_.head_dim, positions, cosine, sine, sign);
  }

  LayerTape<B> layer_tape(std::size_t rows) {
    return {floats(0), // the input moves in where it is kept
            floats(rows * qkv_width()),
            floats(rows * q_width()),
            floats(rows * c_.heads),
            floats(rows * c_.hidden),
            floats(rows * 2 * c_.intermediate)};
  }

  Floats floats(std::size_t n) { return b_->template allocate<float>(n); }
  static Matrix as(Floats const& buffer, std::size_t rows, std::size_t cols) {
    return matrix<B>(buffer.span(), rows, cols);
  }
  float epsilon() const { return static_cast<float>(c_.rms_epsilon); }
  std::size_t q_width() const { return c_.heads * c_.head_dim; }
  std::size_t qkv_width() const { return (c_.heads + 2 * c_.kv_heads) * c_.head_dim; }

  B* b_;
  io::ModelConfig c_;
  Floats cosine_, sine_;
};

} // namespace srlm::model
