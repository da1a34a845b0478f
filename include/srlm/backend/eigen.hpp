/// EigenBackend: the reference tensor policy, f32 on the host's cores. Eigen for arrays and small products, one
/// register-blocked kernel for the large ones, plain loops for the rest.
///
/// Determinism: log-probabilities and generated tokens have the same bits for every batch and every number of threads;
/// gradients have the same bits for every number of threads.
#pragma once
#include <srlm/backend/eigen_vectors.hpp>
#include <srlm/backend/host_attention_backward.hpp>
#include <srlm/backend/host_matmul.hpp>
#include <srlm/backend/host_memory.hpp>
#include <srlm/backend/host_sampling.hpp>

namespace srlm {

class EigenBackend {
 public:
  template <class T>
  using span = std::span<T>;
  using Matrix = MatrixView<EigenBackend>;
  using AttentionPlan = AttentionLayout; ///< the host reads the layout itself

  /// threads: 0 means all that the machine offers.
  explicit EigenBackend(int threads = 0) : EigenBackend(threads, host::eigen_vectors()) {}

  int threads() const { return threads_; }

  // ---- memory
  template <class T>
  HostBuffer<T> allocate(std::size_t n) {
    return HostBuffer<T>(pool_, n);
  }
  template <class T>
  void upload(std::span<T const> from, std::span<T> to) {
    std::copy_n(from.data(), from.size(), to.data());
  }
  template <class T>
  void download(std::span<T> from, std::span<T> to) {
    std::copy_n(from.data(), from.size(), to.data());
  }
  template <class T>
  void fill_zero(std::span<T> x) {
    parallel_ranges(threads_, x.size(), update_grain, x.size(),
                    [&](std::size_t begin, std::size_t end) { std::fill(x.data() + begin, x.data() + end, T{}); });
  }
  void synchronize() {}
  /// Bytes of its memory that were in use at the same time, at most.
  std::size_t most_used() const { return pool_->most_used(); }
  /// Gives unused memory back to the operating system.
  void trim() { pool_->release(); }

  // ---- parameter updates
  double sum_of_squares(std::span<float> x) {
    std::vector<double> parts((x.size() + update_grain - 1) / update_grain);
    parallel_ranges(threads_, x.size(), update_grain, 2 * x.size(), [&](std::size_t begin, std::size_t end) {
      parts[begin / update_grain] = vectors_->sum_of_squares(x.data() + begin, end - begin);
    });
    double total = 0;
    for (double part : parts) {
      total += part;
    }
    return total;
  }

  void adamw(std::span<float> value, std::span<float> gradient, std::span<float> first, std::span<float> second,
             AdamWStep const& step) {
    AdamWFactors const factors = adamw_factors(step);
    parallel_ranges(threads_, value.size(), update_grain, 16 * value.size(), [&](std::size_t begin, std::size_t end) {
      vectors_->adamw(factors, value.data() + begin, gradient.data() + begin, first.data() + begin,
                      second.data() + begin, end - begin);
    });
  }

  // ---- the transformer's operations; shapes are told at TensorBackend
  void matmul(float alpha, Matrix a, Op op_a, Matrix b, Op op_b, float beta, Matrix c) {
    host::matmul(threads_, alpha, a, op_a, b, op_b, beta, c);
  }
  void gather_rows(Matrix table, std::span<std::int32_t> ids, Matrix out) {
    host::gather_rows(threads_, table, ids, out);
  }
  void scatter_add_rows(Matrix rows, std::span<std::int32_t> ids, Matrix table) {
    host::scatter_add_rows(threads_, *vectors_, rows, ids, table);
  }
  void add(Matrix x, Matrix y) { host::add(threads_, *vectors_, x, y); }
  void add_to_rows(std::span<float> x, Matrix y) { host::add_to_rows(threads_, *vectors_, x, y); }
  void sum_rows(Matrix y, std::span<float> x) { host::sum_rows(threads_, *vectors_, y, x); }
  void rms_norm(Matrix x, std::span<float> gain, float epsilon, Matrix out) {
    host::rms_norm<EigenBackend>(threads_, *vectors_, x, gain, epsilon, out);
  }
  void rms_norm_backward(Matrix x, std::span<float> gain, float epsilon, Matrix d_out, Matrix d_x,
                         std::span<float> d_gain) {
    host::rms_norm_backward<EigenBackend>(threads_, *vectors_, x, gain, epsilon, d_out, d_x, d_gain);
  }
  void rotate(Matrix x, std::size_t head_dim, std::span<std::int32_t> positions, Matrix cosine, Matrix sine,
              float sign) {
    host::rotate<EigenBackend>(threads_, *vectors_, x, head_dim, positions, cosine, sine, sign);
  }
  void swiglu(Matrix gate_up, Matrix out) { host::swiglu(threads_, *vectors_, gate_up, out); }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    host::swiglu_backward(threads_, *vectors_, gate_up, d_out, d_gate_up);
  }
  AttentionPlan plan(AttentionLayout const& layout) { return layout; }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, AttentionShape const& shape, std::span<float> pages) {
    host::write_keys<EigenBackend>(threads_, k, v, plan.writes, shape, pages);
  }
  void copy_keys(std::span<float> pages, AttentionShape const& shape, std::span<KeyCopy const> copies) {
    host::copy_keys(pages, shape, copies);
  }
  void attention(Matrix q, std::span<float> pages, AttentionPlan const& plan, AttentionShape const& shape, Matrix out,
                 Matrix log_sum) {
    host::attention(threads_, *vectors_, q, pages, plan, shape, out, log_sum);
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, AttentionShape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    host::attention_backward(threads_, *vectors_, pool_, q, k, v, out, log_sum, d_out, plan, shape, d_q, d_k, d_v);
  }
  void log_probs(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum, std::span<float> log_prob) {
    host::log_probs<EigenBackend>(threads_, *vectors_, logits, targets, log_sum, log_prob);
  }
  void log_probs_backward(Matrix logits, std::span<std::int32_t> targets, std::span<float> log_sum,
                          std::span<float> weight) {
    host::log_probs_backward<EigenBackend>(threads_, *vectors_, logits, targets, log_sum, weight);
  }
  /// One token a row; row i draws the first number of seeds[i].
  std::vector<Token> sample(Matrix logits, std::span<Seed const> seeds, Sampling const& sampling) {
    std::vector<Token> tokens(logits.rows);
    auto const room = allocate<float>(logits.rows * logits.cols);
    parallel_for(threads_, logits.rows, host::exponential_work * logits.rows * logits.cols, [&](std::size_t r) {
      tokens[r] = host::sample_row(*vectors_, {host::row_of(logits, r), logits.cols}, sampling, seeds[r].uniform(0),
                                   room.span().subspan(r * logits.cols, logits.cols));
    });
    for (Token token : tokens) {
      require(token >= 0, "sampling", "logits that are not finite numbers", "finite weights and activations");
    }
    return tokens;
  }

 protected:
  /// With vector code of another kind.
  EigenBackend(int threads, host::VectorFunctions const& vectors)
      : threads_(threads > 0 ? threads : hardware_threads()), vectors_(&vectors), pool_(std::make_shared<HostPool>()) {}

  std::shared_ptr<HostPool> const& pool() const { return pool_; }
  host::VectorFunctions const& vectors() const { return *vectors_; }

 private:
  static constexpr std::size_t update_grain = std::size_t{1} << 16;
  int threads_;
  host::VectorFunctions const* vectors_;
  std::shared_ptr<HostPool> pool_;
};
static_assert(TensorBackend<EigenBackend>);

} // namespace srlm
