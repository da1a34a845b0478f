/// The end of the model: final norm, vocabulary head, log softmax at the targets. One chunked kernel serves sampling,
/// scoring, reference and training; the logits of more than one chunk of rows exist at once only where a backward pass
/// is to find them again.
#pragma once
#include <srlm/model/transformer.hpp>

namespace srlm::model {

inline constexpr std::size_t head_rows = 256; ///< rows of logits at once

template <TensorBackend B>
class Head {
 public:
  using Floats = BufferOf<B, float>;
  using Ids = typename B::template span<std::int32_t>;
  using Matrix = MatrixView<B>;
  using Weights = AdaptedViews<B>;

  Head(B& backend, io::ModelConfig const& config) : b_(&backend), c_(config) {}

  /// log p(targets[i]) after hidden row target_rows[i]. x [T, C]. For the backward pass are log_sum[i] and, of the
  /// first `most_kept` targets, the chunks' logits.
  void log_probs(Weights const& w, Matrix x, Ids target_rows, Ids targets, typename B::template span<float> log_sum,
                 typename B::template span<float> log_prob, std::size_t most_kept, std::vector<Floats>& kept) {
    for (std::size_t first = 0; first < targets.size(); first += head_rows) {
      std::size_t const count = std::min(head_rows, targets.size() - first);
      Floats logits = this->logits(w, x, target_rows.subspan(first, count));
      b_->log_probs(as(logits, count, c_.vocabulary), targets.subspan(first, count), log_sum.subspan(first, count),
                    log_prob.subspan(first, count));
      if (first + count <= most_kept) {
        kept.push_back(std::move(logits));
      }
    }
  }

  /// Logits [R, V] of some rows; R should not be much larger than head_rows.
  Floats logits(Weights const& w, Matrix x, Ids rows) {
    Floats const picked = pick(x, rows), normed = norm(w, picked, rows.size());
    return logits_of(w, normed, rows.size());
  }

  /// d_x [T, C] = gradient of sum_i weight[i] log p(targets[i]); adds to the gradients g of head and norm. kept: what
  /// log_probs() kept, which is used up; other logits are computed again.
  void backward(Weights const& w, Weights const& g, Matrix x, Ids target_rows, Ids targets,
                typename B::template span<float> log_sum, typename B::template span<float> weight,
                std::vector<Floats> kept, Matrix d_x) {
    b_->fill_zero(d_x.data);
    for (std::size_t first = 0, chunk = 0; first < targets.size(); first += head_rows, ++chunk) {
      std::size_t const count = std::min(head_rows, targets.size() - first);
      Ids const rows = target_rows.subspan(first, count);
      Floats const picked = pick(x, rows), normed = norm(w, picked, count),
                   logits = chunk < kept.size() ? std::move(kept[chunk]) : logits_of(w, normed, count);
      Matrix const d_logits = as(logits, count, c_.vocabulary);
      b_->log_probs_backward(d_logits, targets.subspan(first, count), log_sum.subspan(first, count),
                             weight.subspan(first, count));
      if (!g.adapted()) {
        b_->matmul(1.0f, d_logits, Op::transpose, as(normed, count, c_.hidden), Op::none, 1.0f, g.head());
      }
      Floats const d_normed = floats(count * c_.hidden), d_picked = floats(count * c_.hidden);
      b_->matmul(1.0f, d_logits, Op::none, w.head(), Op::none, 0.0f, as(d_normed, count, c_.hidden));
      b_->fill_zero(d_picked.span());
      b_->rms_norm_backward(as(picked, count, c_.hidden), w.final_norm(), epsilon(), as(d_normed, count, c_.hidden),
                            as(d_picked, count, c_.hidden), g.final_norm());
      b_->scatter_add_rows(as(d_picked, count, c_.hidden), rows, d_x);
    }
  }

 private:
  Floats pick(Matrix x, Ids rows) {
    Floats picked = floats(rows.size() * c_.hidden);
    b_->gather_rows(x, rows, as(picked, rows.size(), c_.hidden));
    return picked;
  }
  Floats norm(Weights const& w, Floats const& picked, std::size_t rows) {
    Floats normed = floats(rows * c_.hidden);
    b_->rms_norm(as(picked, rows, c_.hidden), w.final_norm(), epsilon(), as(normed, rows, c_.hidden));
    return normed;
  }
  Floats logits_of(Weights const& w, Floats const& normed, std::size_t rows) {
    Floats logits = floats(rows * c_.vocabulary);
    b_->matmul(1.0f, as(normed, rows, c_.hidden), Op::none, w.head(), Op::transpose, 0.0f,
               as(logits, rows, c_.vocabulary));
    return logits;
  }
  Floats floats(std::size_t n) { return b_->template allocate<float>(n); }
  static Matrix as(Floats const& buffer, std::size_t rows, std::size_t cols) {
    return matrix<B>(buffer.span(), rows, cols);
  }
  float epsilon() const { return static_cast<float>(c_.rms_epsilon); }

  B* b_;
  io::ModelConfig c_;
};

} // namespace srlm::model
