/// XtensorBackend: the second tensor policy, f32 in memory and double in its sums, written from the formulas as xtensor
/// expressions. It is there to be read and to check EigenBackend: so it shares neither kernels nor memory nor sampling
/// with it, and says everything once more. What the two differ in beyond rounding is a mistake in one of them.
///
/// Determinism: log-probabilities and generated tokens have the same bits for every batch and every number of threads;
/// gradients for every number of threads. Only products use threads.
#pragma once
#include <srlm/backend/xtensor_attention.hpp>
#include <srlm/backend/xtensor_head.hpp>
#include <srlm/backend/xtensor_matmul.hpp>
#include <srlm/backend/xtensor_rows.hpp>
#include <algorithm> // copy
#include <memory>

namespace srlm {

/// n elements, uninitialised. Owning and movable.
template <class T>
class XtensorBuffer {
 public:
  XtensorBuffer() = default;
  explicit XtensorBuffer(std::size_t n) : values_(new T[n]), size_(n) {}
  XtensorBuffer(XtensorBuffer&& other) noexcept
      : values_(std::move(other.values_)), size_(std::exchange(other.size_, 0)) {}
  XtensorBuffer& operator=(XtensorBuffer&& other) noexcept {
    values_ = std::move(other.values_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::span<T> span() const { return {values_.get(), size_}; }

 private:
  std::unique_ptr<T[]> values_;
  std::size_t size_ = 0;
};

class XtensorBackend {
 public:
  template <class T>
  using span = std::span<T>;
  using Matrix = MatrixView<XtensorBackend>;
  using AttentionPlan = AttentionLayout; ///< the host reads the layout itself

  /// threads: 0 means all that the machine offers.
  explicit XtensorBackend(int threads = 0) : threads_(threads > 0 ? threads : hardware_threads()) {}

  int threads() const { return threads_; }

  // ---- memory
  template <class T>
  XtensorBuffer<T> allocate(std::size_t n) {
    return XtensorBuffer<T>(n);
  }
  template <class T>
  void upload(std::span<T const> from, std::span<T> to) {
    std::copy(from.begin(), from.end(), to.begin());
  }
  template <class T>
  void download(std::span<T> from, std::span<T> to) {
    std::copy(from.begin(), from.end(), to.begin());
  }
  template <class T>
  void fill_zero(std::span<T> x) {
    std::fill(x.begin(), x.end(), T{});
  }
  void synchronize() {}

  // ---- parameter updates
  double sum_of_squares(std::span<float> x) { return xtensor::total(xt::square(xtensor::wide(xtensor::array(x)))); }

  /// m = beta1 m + (1 - beta1) g and v = beta2 v + (1 - beta2) g^2, each divided by 1 - beta^step; then
  /// x = x - rate weight_decay x - rate m / (sqrt(v) + epsilon) (Loshchilov and Hutter 2019).
  void adamw(std::span<float> value, std::span<float> gradient, std::span<float> first, std::span<float> second,
             AdamWStep const& step) {
    auto const beta1 = static_cast<double>(step.beta1), beta2 = static_cast<double>(step.beta2);
    double const unbias1 = 1.0 / (1.0 - std::pow(beta1, step.step)), unbias2 = 1.0 / (1.0 - std::pow(beta2, step.step));
    auto x = xtensor::array(value), m = xtensor::array(first), v = xtensor::array(second);
    auto const g = static_cast<double>(step.scale) * xtensor::wide(xtensor::array(gradient));
    auto const rate = static_cast<double>(step.rate), decay = static_cast<double>(step.weight_decay);
    xt::noalias(m) = xt::cast<float>(beta1 * xtensor::wide(m) + (1.0 - beta1) * g);
    xt::noalias(v) = xt::cast<float>(beta2 * xtensor::wide(v) + (1.0 - beta2) * xt::square(g));
    auto const direction =
        unbias1 * xtensor::wide(m) / (xt::sqrt(unbias2 * xtensor::wide(v)) + static_cast<double>(step.epsilon));
    xt::noalias(x) = xt::cast<float>((1.0 - rate * decay) * xtensor::wide(x) - rate * direction);
  }

  // ---- the transformer's operations; shapes are told at TensorBackend
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    xtensor::matmul(threads_, alpha, a, op_a, b, op_b, beta, c);
  }
  void gather_rows(Matrix table, std::span<std::int32_t> ids, Matrix out) { xtensor::gather_rows(table, ids, out); }
  void scatter_add_rows(Matrix rows, std::span<std::int32_t> ids, Matrix table) {
    xtensor::scatter_add_rows(rows, ids, table);
  }
  void add(Matrix x, Matrix y) { xtensor::add(x, y); }
  void add_to_rows(std::span<float> x, Matrix y) { xtensor::add_to_rows(x, y); }
  void sum_rows(Matrix y, std::span<float> x) { xtensor::sum_rows(y, x); }
  void rms_norm(Matrix x, std::span<float> gain, float epsilon, Matrix out) {
    xtensor::rms_norm(x, gain, epsilon, out);
  }
  void rms_norm_backward(Matrix x, std::span<float> gain, float epsilon, Matrix d_out, Matrix d_x,
                         std::span<float> d_gain) {
    xtensor::rms_norm_backward(x, gain, epsilon, d_out, d_x, d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, std::span<std::int32_t> positions, Matrix cosine, Matrix sine,
              float sign) {
    xtensor::rotate(x, head_dim, positions, cosine, sine, sign);
  }
  void swiglu(Matrix gate_up, Matrix out) { xtensor::swiglu(gate_up, out); }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    xtensor::swiglu_backward(gate_up, d_out, d_gate_up);
  }
  AttentionPlan plan(AttentionLayout const& layout) { return layout; }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, std::span<float> pages) {
    xtensor::write_keys(k, v, plan.writes, shape, pages);
  }
  void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    xtensor::copy_keys(pages, shape, copies);
  }
  void attention(Matrix q, std::span<float> pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    xtensor::attention(q, pages, plan, shape, out, log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    xtensor::attention_backward(q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
  }
  void log_probs(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum, std::span<float> log_prob) {
    xtensor::log_probs(logits, targets, log_sum, log_prob);
  }
  void log_probs_backward(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum,
                          std::span<float> weight) {
    xtensor::log_probs_backward(logits, targets, log_sum, weight);
  }
  /// One token a row; row i draws the first number of seeds[i].
  std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) {
    std::vector<Token> tokens;
    for (std::size_t r = 0; r < logits.rows; ++r) {
      tokens.push_back(xtensor::sample_row(xtensor::row(logits, r), sampling, seeds[r].uniform(0)));
    }
    return tokens;
  }

 private:
  int threads_;
};
static_assert(TensorBackend<XtensorBackend>);

} // namespace srlm
