/// TensorBackend and its rungs: where numbers live and what is done with them. The transformer is written once over
/// these operations. A backend is a value: it owns its stream, its handles and its workspace.
#pragma once
#include <srlm/core/attention_layout.hpp>
#include <srlm/core/sequence.hpp>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility> // declval
#include <vector>

namespace srlm {

/// A row-major matrix in a backend's memory: element (r, c) is data[r * stride + c].
template <class B>
struct MatrixView {
  typename B::template span<float> data;
  std::size_t rows, cols, stride;

  /// The same matrix for another backend with the same spans: so a class that derives from a backend may replace one
  /// operation and inherit the others.
  template <class Other>
  requires(std::same_as<typename Other::template span<float>, typename B::template span<float>>)
  operator MatrixView<Other>() const {
    return {data, rows, cols, stride};
  }
};

/// All of a span as rows x cols.
template <class B>
MatrixView<B> matrix(typename B::template span<float> data, std::size_t rows, std::size_t cols) {
  return {data.subspan(0, rows * cols), rows, cols, cols};
}

/// `count` rows from `first` on.
template <class B>
MatrixView<B> rows_of(MatrixView<B> const& m, std::size_t first, std::size_t count) {
  return {m.data.subspan(first * m.stride), count, m.cols, m.stride};
}

/// `count` columns from `first` on.
template <class B>
MatrixView<B> columns_of(MatrixView<B> const& m, std::size_t first, std::size_t count) {
  return {m.data.subspan(first), m.rows, count, m.stride};
}

enum class Op { none, transpose };

/// One AdamW step (Loshchilov and Hutter 2019); step counts from 1. scale multiplies the gradient first (clipping).
struct AdamWStep {
  float rate, beta1, beta2, epsilon, weight_decay, scale;
  int step;
};

/// What allocate<T>(n) returns: it owns n elements and gives them back when it ends.
template <class B, class T>
using BufferOf = decltype(std::declval<B&>().template allocate<T>(std::size_t{}));

/// A view of elements in a backend's memory. The library never looks through it; it takes parts of it.
template <class B, class T>
concept SpanFor = std::semiregular<typename B::template span<T>> &&
    requires(typename B::template span<T> const elements, std::size_t n) {
  { elements.size() } -> std::convertible_to<std::size_t>;
  { elements.subspan(n) } -> std::same_as<typename B::template span<T>>;
  { elements.subspan(n, n) } -> std::same_as<typename B::template span<T>>;
};

/// Memory of one element type. allocate: n elements, uninitialised; n may be 0. download waits.
template <class B, class T>
concept StorageFor = SpanFor<B, T> && std::movable<BufferOf<B, T>> &&
    requires(B& b, BufferOf<B, T> const& buffer, std::span<T const> host_in, std::span<T> host_out,
             typename B::template span<T> device) {
  { buffer.span() } -> std::same_as<typename B::template span<T>>;
  b.upload(host_in, device);
  b.download(device, host_out);
  b.fill_zero(device);
};

template <class B>
concept MemoryBackend = std::movable<B> && StorageFor<B, float> && StorageFor<B, std::int32_t> && requires(B& b) {
  b.synchronize();
};

/// Enough to step an optimizer.
template <class B>
concept UpdateBackend = MemoryBackend<B> && requires(B& b, typename B::template span<float> x, AdamWStep const& step) {
  { b.sum_of_squares(x) } -> std::convertible_to<double>;
  b.adamw(x, x, x, x, step); // value, gradient, first moment, second moment
};

/// Enough to run and train the transformer. T rows, C channels, F intermediate, V vocabulary, D head dimension.
/// Every operation writes its last arguments; names that end in _backward add to gradients of parameters and overwrite
/// gradients of activations, unless said otherwise. All sums accumulate in float or wider.
template <class B>
concept TensorBackend = UpdateBackend<B> && std::movable<typename B::AttentionPlan> &&
    requires(B& b, MatrixView<B> m, typename B::template span<float> x, typename B::template span<std::int32_t> ids,
             AttentionLayout const& layout, AttentionShape const& shape, typename B::AttentionPlan const& plan,
             std::span<KeyCopy const> copies, std::span<Seed const> seeds, Sampling const& sampling) {
  b.matmul(1.0f, m, Op::none, m, Op::transpose, 0.0f, m); // C = alpha op(A) op(B) + beta C; one op at most
  b.gather_rows(m, ids, m);                               // out[i] = table[ids[i]]
  b.scatter_add_rows(m, ids, m);                          // table[ids[i]] += rows[i]
  b.add(m, m);                                            // x, y: y += x
  b.add_to_rows(x, m);                                    // every row += x (bias)
  b.sum_rows(m, x);                                       // x += sum over rows
  b.rms_norm(m, x, 1e-5f, m);                             // x, gain, epsilon, out
  b.rms_norm_backward(m, x, 1e-5f, m, m, x);              // x, gain, epsilon, d_out, d_x (added), d_gain (added)
  b.rotate(m, std::size_t{}, ids, m, m, 1.0f);            // x in place, D, positions, cos and sin [P, D/2], sign
  b.swiglu(m, m);                                         // [T, 2F] gate | up -> [T, F]
  b.swiglu_backward(m, m, m);                             // gate | up, d_out, d_gate_up
  { b.plan(layout) } -> std::same_as<typename B::AttentionPlan>;
  b.write_keys(m, m, plan, shape, x);                           // k, v -> pages
  b.copy_keys(x, shape, copies);                                // inside pages
  b.attention(m, x, plan, shape, m, m);                         // q, pages -> out, log-sum-exp [T, heads]
  b.attention_backward(m, m, m, m, m, m, plan, shape, m, m, m); // q, k, v, out, lse, d_out -> d_q, d_k, d_v
  b.log_probs(m, ids, x, x);                                    // logits, targets -> log-sum-exp, log p
  b.log_probs_backward(m, ids, x, x);                           // logits in place -> d_logits; lse, weight
  { b.sample(m, seeds, sampling) } -> std::same_as<std::vector<Token>>;
};

/// Floats of memory that a page of keys and values takes: shape.page_floats(), unless the backend has a member
/// page_floats(shape) that says how many fewer do for it.
template <class B>
std::size_t page_floats(B const& backend, AttentionShape const& shape) {
  if constexpr (requires { backend.page_floats(shape); }) {
    return backend.page_floats(shape);
  } else {
    return shape.page_floats();
  }
}

/// C = op(A) op(B), and every row of it += x (bias): by the backend's member of this name where it has one, in two
/// steps where it has none.
template <class B>
void matmul_add_to_rows(B& backend, MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b,
                        typename B::template span<float> x, MatrixView<B> c) {
  if constexpr (requires { backend.matmul_add_to_rows(a, op_a, b, op_b, x, c); }) {
    backend.matmul_add_to_rows(a, op_a, b, op_b, x, c);
  } else {
    backend.matmul(1.0f, a, op_a, b, op_b, 0.0f, c);
    backend.add_to_rows(x, c);
  }
}

} // namespace srlm
