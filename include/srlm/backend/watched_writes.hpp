/// A tensor backend that tells of every write to its floats. So whoever keeps something that was made from weights
/// knows when they have changed.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <concepts>

namespace srlm {

/// Base, with Derived::written(pointer, n) called after each operation that writes n floats there. What Derived does in
/// its own way hides an operation here, and is its own to tell; so is what somebody writes through a span, by forget().
template <class Base, class Derived>
class WatchedWrites : public Base {
  using Matrix = MatrixView<Base>;
  using Floats = typename Base::template span<float>;
  using Ids = typename Base::template span<std::int32_t>;
  using Plan = typename Base::AttentionPlan;

 public:
  using Base::Base;

  void forget(Floats x) { told(x); }

  template <class T>
  void upload(std::span<T const> from, typename Base::template span<T> to) {
    Base::upload(from, to);
    told(to);
  }
  template <class Span>
  void fill_zero(Span x) {
    Base::fill_zero(x);
    told(x);
  }
  void adamw(Floats value, Floats gradient, Floats first, Floats second, AdamWStep const& step) {
    Base::adamw(value, gradient, first, second, step);
    told(value);
    told(first);
    told(second);
  }
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    Base::matmul(alpha, a, op_a, b, op_b, beta, c);
    told(c);
  }
  void matmul_add_to_rows(Matrix a, Op op_a, Matrix b, Op op_b, Floats x, Matrix c) requires requires(Base& base) {
    base.matmul_add_to_rows(a, op_a, b, op_b, x, c);
  }
  {
    Base::matmul_add_to_rows(a, op_a, b, op_b, x, c);
    told(c);
  }
  void gather_rows(Matrix table, Ids ids, Matrix out) {
    Base::gather_rows(table, ids, out);
    told(out);
  }
  void scatter_add_rows(Matrix rows, Ids ids, Matrix table) {
    Base::scatter_add_rows(rows, ids, table);
    told(table);
  }
  void add(Matrix x, Matrix y) {
    Base::add(x, y);
    told(y);
  }
  void add_to_rows(Floats x, Matrix y) {
    Base::add_to_rows(x, y);
    told(y);
  }
  void sum_rows(Matrix y, Floats x) {
    Base::sum_rows(y, x);
    told(x);
  }
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) {
    Base::rms_norm(x, gain, epsilon, out);
    told(out);
  }
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    Base::rms_norm_backward(x, gain, epsilon, d_out, d_x, d_gain);
    told(d_x);
    told(d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    Base::rotate(x, head_dim, positions, cosine, sine, sign);
    told(x);
  }
  void swiglu(Matrix gate_up, Matrix out) {
    Base::swiglu(gate_up, out);
    told(out);
  }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    Base::swiglu_backward(gate_up, d_out, d_gate_up);
    told(d_gate_up);
  }
  void write_keys(Matrix k, Matrix v, Plan const& plan, AttentionShape const& shape, Floats pages) {
    Base::write_keys(k, v, plan, shape, pages);
    told(pages);
  }
  void copy_keys(Floats pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    Base::copy_keys(pages, shape, copies);
    told(pages);
  }
  void attention(Matrix q, Floats pages, Plan const& plan, AttentionShape const& shape, Matrix out, Matrix log_sum) {
    Base::attention(q, pages, plan, shape, out, log_sum);
    told(out);
    told(log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out, Plan const& plan,
                          AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    Base::attention_backward(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
    told(d_q);
    told(d_k);
    told(d_v);
  }
  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    Base::log_probs(logits, targets, log_sum, log_prob);
    told(log_sum);
    told(log_prob);
  }
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    Base::log_probs_backward(logits, targets, log_sum, weight);
    told(logits);
  }

 protected:
  template <class Span>
  void told(Span x) {
    if constexpr (std::same_as<Span, Floats>) {
      static_cast<Derived&>(*this).written(x.data(), x.size());
    }
  }
  void told(Matrix const& m) {
    if (m.rows > 0) {
      told(m.data.subspan(0, (m.rows - 1) * m.stride + m.cols));
    }
  }
};

} // namespace srlm
