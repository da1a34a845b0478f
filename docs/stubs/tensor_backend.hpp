/// A tensor backend to copy: fill the bodies, or derive from srlm::EigenBackend and keep what you need.
#pragma once
#include <srlm/concepts/explain_tensor_backend.hpp>
#include <stdexcept>

/// Owns n elements in your memory, and gives them back when it ends. It moves; it need not copy.
template <class T>
class MyBuffer {
 public:
  std::span<T> span() const { return {}; } // all n elements
};

/// T rows, C channels, F intermediate, V vocabulary, D head dimension, H heads, K key heads.
class MyBackend {
 public:
  // Your view of elements: it copies, has a default constructor, size(), subspan(first) and subspan(first, count). It
  // may point to another device's memory: srlm never looks through it.
  template <class T>
  using span = std::span<T>;
  // {data, rows, cols, stride}: element (r, c) is data[r * stride + c]. The stride may be larger than cols.
  using Matrix = srlm::MatrixView<MyBackend>;
  using Floats = span<float>;
  using Ids = span<std::int32_t>;
  // Who attends to what, in the form that your attention reads. It moves; on the host srlm::AttentionLayout will do.
  struct AttentionPlan {};

  // ---- MemoryBackend; T is float or std::int32_t
  // n elements, uninitialised; n may be 0
  template <class T>
  MyBuffer<T> allocate(std::size_t n) {
    throw todo(n);
  }
  // from the host to your memory
  template <class T>
  void upload(std::span<T const> from, span<T> to) {
    throw todo(from, to);
  }
  // from your memory to the host; returns when the values are there
  template <class T>
  void download(span<T> from, std::span<T> to) {
    throw todo(from, to);
  }
  // x = 0
  template <class T>
  void fill_zero(span<T> x) {
    throw todo(x);
  }
  // returns when everything is done
  void synchronize() { throw todo(); }

  // ---- UpdateBackend
  // the sum of x^2
  double sum_of_squares(Floats x) { throw todo(x); }
  // step: rate, beta1, beta2, epsilon, weight_decay, scale (of the gradient), step (from 1)
  void adamw(Floats value, Floats gradient, Floats first, Floats second, srlm::AdamWStep const& step) {
    throw todo(value, gradient, first, second, step);
  }

  // ---- TensorBackend: products and sums of rows
  // C = alpha op(A) op(B) + beta C, one op at most; beta 0 writes over whatever is in C
  void matmul(float alpha, Matrix a, srlm::Op op_a, Matrix b, srlm::Op op_b, float beta, Matrix c) {
    throw todo(alpha, a, op_a, b, op_b, beta, c);
  }
  // out[i] = table[ids[i]]; ids [T], out [T, C]
  void gather_rows(Matrix table, Ids ids, Matrix out) { throw todo(table, ids, out); }
  // table[ids[i]] += rows[i]; ids may repeat
  void scatter_add_rows(Matrix rows, Ids ids, Matrix table) { throw todo(rows, ids, table); }
  // y += x
  void add(Matrix x, Matrix y) { throw todo(x, y); }
  // every row of y += x; x [C]
  void add_to_rows(Floats x, Matrix y) { throw todo(x, y); }
  // x += the sum of y's rows; x [C]
  void sum_rows(Matrix y, Floats x) { throw todo(y, x); }

  // ---- norm, rotation, gated unit
  // out = x / sqrt(mean of squares + epsilon) * gain, row by row; gain [C]
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) { throw todo(x, gain, epsilon, out); }
  // the derivatives by x and by gain are added to d_x and d_gain
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    throw todo(x, gain, epsilon, d_out, d_x, d_gain);
  }
  // pairs (x_i, x_{i + D/2}) of each head turn by sign * angle, in place; x [T, heads * D], cosine and sine [P, D/2]
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    throw todo(x, head_dim, positions, cosine, sine, sign);
  }
  // out = gate / (1 + exp(-gate)) * up; gate_up [T, 2F] gate first, out [T, F]
  void swiglu(Matrix gate_up, Matrix out) { throw todo(gate_up, out); }
  // d_gate_up becomes the derivative
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) { throw todo(gate_up, d_out, d_gate_up); }

  // ---- attention over pages of 64 positions; pages [pages, shape.page_floats()], in an order of your own
  // the layout as your attention reads it; made once a pass
  AttentionPlan plan(srlm::AttentionLayout const& layout) { throw todo(layout); }
  // rows of k and v [T, K * D] into the slots that the layout's writes name
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, srlm::AttentionShape const& shape, Floats pages) {
    throw todo(k, v, plan, shape, pages);
  }
  // keys and values of all heads, from slot to slot
  void copy_keys(Floats pages, srlm::AttentionShape const& shape, std::span<srlm::KeyCopy const> copies) {
    throw todo(pages, shape, copies);
  }
  // out = softmax(q k^T / sqrt(D)) v over a row's own and earlier positions; log_sum [T, H] = log of the sum of exp
  void attention(Matrix q, Floats pages, AttentionPlan const& plan, srlm::AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    throw todo(q, pages, plan, shape, out, log_sum);
  }
  // d_q, d_k and d_v become the derivatives; every key is a row of this pass
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, srlm::AttentionShape const& shape, Matrix d_q, Matrix d_k,
                          Matrix d_v) {
    throw todo(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
  }

  // ---- the end of the model; logits [T, V]
  // log_sum[i] = log of the sum of exp(logits[i]), log_prob[i] = logits[i][targets[i]] - log_sum[i]
  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    throw todo(logits, targets, log_sum, log_prob);
  }
  // in place: logits[i] becomes weight[i] * (one hot at targets[i] - softmax(logits[i]))
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    throw todo(logits, targets, log_sum, weight);
  }
  // one token a row, drawn from its logits with seeds[row] and nothing else; temperature 0: the most likely one
  std::vector<srlm::Token> sample(Matrix logits, std::span<srlm::Seed const> seeds, srlm::Sampling const& sampling) {
    throw todo(logits, seeds, sampling);
  }

 private:
  template <class... Unused>
  static std::logic_error todo(Unused const&...) {
    return std::logic_error("to do");
  }
};
static_assert(srlm::explain_tensor_backend<MyBackend>()); // one plain sentence for each missing piece
