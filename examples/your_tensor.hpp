/// A stranger's tensors, for 04_your_tensor.cpp: an array of numbers on the host and plain loops over it, in the order
/// of srlm's TensorBackend. Nothing here is fast; every operation is its formula.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <algorithm> // copy, fill, max_element, sort
#include <cmath>
#include <memory>  // unique_ptr
#include <numeric> // iota

namespace mylib {

/// Owns its elements. It can be moved, not copied.
template <class T>
class Array {
 public:
  explicit Array(std::size_t n) : elements_(new T[n]), size_(n) {}

  std::span<T> span() const { return {elements_.get(), size_}; }

 private:
  std::unique_ptr<T[]> elements_;
  std::size_t size_;
};

class Backend {
 public:
  template <class T>
  using span = std::span<T>;
  using Matrix = srlm::MatrixView<Backend>;
  using Floats = std::span<float>;
  using Ids = std::span<std::int32_t>;
  using AttentionPlan = srlm::AttentionLayout;
  using Shape = srlm::AttentionShape;

  // ---- memory
  template <class T>
  Array<T> allocate(std::size_t n) {
    return Array<T>(n);
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
  double sum_of_squares(Floats x) {
    double sum = 0;
    for (double number : x) {
      sum += number * number;
    }
    return sum;
  }
  void adamw(Floats value, Floats gradient, Floats first, Floats second, srlm::AdamWStep const& s) {
    double const b1 = s.beta1, b2 = s.beta2, unbias1 = 1 - std::pow(b1, s.step), unbias2 = 1 - std::pow(b2, s.step);
    for (std::size_t i = 0; i < value.size(); ++i) {
      double const g = static_cast<double>(s.scale) * gradient[i];
      first[i] = f32(b1 * first[i] + (1 - b1) * g);
      second[i] = f32(b2 * second[i] + (1 - b2) * g * g);
      double const direction = first[i] / unbias1 / (std::sqrt(second[i] / unbias2) + s.epsilon);
      value[i] = f32(value[i] - s.rate * (static_cast<double>(s.weight_decay) * value[i] + direction));
    }
  }

  // ---- products and sums of rows
  void matmul(float alpha, Matrix a, srlm::Op op_a, Matrix b, srlm::Op op_b, float beta, Matrix c) {
    bool const turn_a = op_a == srlm::Op::transpose, turn_b = op_b == srlm::Op::transpose;
    for (std::size_t i = 0; i < c.rows; ++i) {
      for (std::size_t j = 0; j < c.cols; ++j) {
        double sum = 0;
        for (std::size_t d = 0; d < (turn_a ? a.rows : a.cols); ++d) {
          sum += static_cast<double>(turn_a ? at(a, d, i) : at(a, i, d)) * (turn_b ? at(b, j, d) : at(b, d, j));
        }
        at(c, i, j) = f32(alpha * sum + (beta == 0 ? 0.0 : static_cast<double>(beta) * at(c, i, j)));
      }
    }
  }
  void gather_rows(Matrix table, Ids ids, Matrix out) {
    each(out, [&](std::size_t r, std::size_t c, float& y) { y = at(table, index(ids[r]), c); });
  }
  void scatter_add_rows(Matrix rows, Ids ids, Matrix table) {
    each(rows, [&](std::size_t r, std::size_t c, float& x) { at(table, index(ids[r]), c) += x; });
  }
  void add(Matrix x, Matrix y) {
    each(y, [&](std::size_t r, std::size_t c, float& sum) { sum += at(x, r, c); });
  }
  void add_to_rows(Floats x, Matrix y) {
    each(y, [&](std::size_t, std::size_t c, float& sum) { sum += x[c]; });
  }
  void sum_rows(Matrix y, Floats x) {
    each(y, [&](std::size_t, std::size_t c, float& row) { x[c] += row; });
  }

  // ---- norm, rotation, gated unit
  void rms_norm(Matrix x, Floats gain, float epsilon, Matrix out) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      double const s = inverse_rms(x, r, epsilon);
      for (std::size_t c = 0; c < x.cols; ++c) {
        at(out, r, c) = f32(s * at(x, r, c) * gain[c]);
      }
    }
  }
  void rms_norm_backward(Matrix x, Floats gain, float epsilon, Matrix d_out, Matrix d_x, Floats d_gain) {
    for (std::size_t r = 0; r < x.rows; ++r) { // d s / d x_c = -s^3 x_c / C
      double const s = inverse_rms(x, r, epsilon);
      double along = 0;
      for (std::size_t c = 0; c < x.cols; ++c) {
        along += static_cast<double>(at(d_out, r, c)) * gain[c] * at(x, r, c);
      }
      along *= s * s / static_cast<double>(x.cols);
      for (std::size_t c = 0; c < x.cols; ++c) {
        d_gain[c] += f32(s * at(x, r, c) * at(d_out, r, c));
        at(d_x, r, c) += f32(s * (static_cast<double>(at(d_out, r, c)) * gain[c] - along * at(x, r, c)));
      }
    }
  }
  void rotate(Matrix x, std::size_t head_dim, Ids positions, Matrix cosine, Matrix sine, float sign) {
    std::size_t const half = head_dim / 2;
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t head = 0; head < x.cols; head += head_dim) {
        for (std::size_t i = 0; i < half; ++i) {
          float const c = at(cosine, index(positions[r]), i), s = sign * at(sine, index(positions[r]), i);
          float &a = at(x, r, head + i), &b = at(x, r, head + half + i);
          float const turned = a * c - b * s;
          b = b * c + a * s;
          a = turned;
        }
      }
    }
  }
  void swiglu(Matrix gate_up, Matrix out) {
    each(out, [&](std::size_t r, std::size_t c, float& y) {
      double const gate = at(gate_up, r, c), up = at(gate_up, r, out.cols + c);
      y = f32(gate * sigmoid(gate) * up);
    });
  }
  void swiglu_backward(Matrix gate_up, Matrix d_out, Matrix d_gate_up) {
    each(d_out, [&](std::size_t r, std::size_t c, float& d) {
      double const gate = at(gate_up, r, c), up = at(gate_up, r, d_out.cols + c), s = sigmoid(gate);
      at(d_gate_up, r, c) = f32(d * up * (s + gate * s * (1 - s)));
      at(d_gate_up, r, d_out.cols + c) = f32(d * gate * s);
    });
  }

  // ---- attention; a page has all heads of a position side by side, keys first
  AttentionPlan plan(srlm::AttentionLayout const& layout) { return layout; }
  void write_keys(Matrix k, Matrix v, AttentionPlan const& plan, Shape const& shape, Floats pages) {
    for (srlm::KeyWrite const& write : plan.writes) {
      for (std::size_t c = 0; c < k.cols; ++c) {
        slot(pages, shape, index(write.slot))[c] = at(k, index(write.row), c);
        slot(pages, shape, index(write.slot))[k.cols + c] = at(v, index(write.row), c);
      }
    }
  }
  void copy_keys(Floats pages, Shape const& shape, std::span<srlm::KeyCopy const> copies) {
    for (srlm::KeyCopy const& copy : copies) {
      auto const from = slot(pages, shape, index(copy.from));
      std::copy(from.begin(), from.end(), slot(pages, shape, index(copy.to)).begin());
    }
  }
  void attention(Matrix q, Floats pages, AttentionPlan const& plan, Shape const& shape, Matrix out, Matrix log_sum) {
    std::size_t const depth = shape.head_dim, values = shape.kv_heads * depth;
    each_query(plan, shape, [&](std::size_t r, std::size_t h, std::size_t kv, std::vector<std::size_t> const& seen) {
      std::vector<double> score;
      for (std::size_t s : seen) {
        score.push_back(dot(row(q, r, h * depth, depth), slot(pages, shape, s).subspan(kv, depth)) /
                        std::sqrt(static_cast<double>(depth)));
      }
      double const total = log_sum_exp(score);
      for (std::size_t d = 0; d < depth; ++d) {
        double sum = 0;
        for (std::size_t j = 0; j < seen.size(); ++j) {
          sum += std::exp(score[j] - total) * slot(pages, shape, seen[j])[values + kv + d];
        }
        at(out, r, h * depth + d) = f32(sum);
      }
      at(log_sum, r, h) = f32(total);
    });
  }
  void attention_backward(Matrix q, Matrix k, Matrix v, Matrix out, Matrix log_sum, Matrix d_out,
                          AttentionPlan const& plan, Shape const& shape, Matrix d_q, Matrix d_k, Matrix d_v) {
    std::vector<std::size_t> row_of(plan.pages * srlm::page_length); // whose key is in a slot
    for (srlm::KeyWrite const& write : plan.writes) {
      row_of[index(write.slot)] = index(write.row);
    }
    for (Matrix const& d : {d_q, d_k, d_v}) {
      each(d, [](std::size_t, std::size_t, float& x) { x = 0; });
    }
    std::size_t const depth = shape.head_dim;
    double const scale = 1 / std::sqrt(static_cast<double>(depth));
    each_query(plan, shape, [&](std::size_t r, std::size_t h, std::size_t kv, std::vector<std::size_t> const& seen) {
      auto const query = row(q, r, h * depth, depth), d = row(d_out, r, h * depth, depth);
      double const mean = dot(d, row(out, r, h * depth, depth));
      for (std::size_t s : seen) {
        std::size_t const j = row_of[s];
        double const weight = std::exp(scale * dot(query, row(k, j, kv, depth)) - at(log_sum, r, h));
        double const d_score = scale * weight * (dot(d, row(v, j, kv, depth)) - mean);
        for (std::size_t c = 0; c < depth; ++c) {
          at(d_v, j, kv + c) += f32(weight * d[c]);
          at(d_k, j, kv + c) += f32(d_score * query[c]);
          at(d_q, r, h * depth + c) += f32(d_score * at(k, j, kv + c));
        }
      }
    });
  }

  // ---- the end of the model
  void log_probs(Matrix logits, Ids targets, Floats log_sum, Floats log_prob) {
    for (std::size_t r = 0; r < logits.rows; ++r) {
      double const total = log_sum_exp(row(logits, r, 0, logits.cols));
      log_sum[r] = f32(total);
      log_prob[r] = f32(at(logits, r, index(targets[r])) - total);
    }
  }
  void log_probs_backward(Matrix logits, Ids targets, Floats log_sum, Floats weight) {
    each(logits, [&](std::size_t r, std::size_t c, float& x) {
      double const p = std::exp(static_cast<double>(x) - log_sum[r]);
      x = f32(weight[r] * ((c == index(targets[r]) ? 1 : 0) - p));
    });
  }
  std::vector<srlm::Token> sample(Matrix logits, std::span<srlm::Seed const> seeds, srlm::Sampling const& sampling) {
    std::vector<srlm::Token> tokens;
    for (std::size_t r = 0; r < logits.rows; ++r) {
      tokens.push_back(draw(row(logits, r, 0, logits.cols), sampling, seeds[r].uniform(0)));
    }
    return tokens;
  }

 private:
  static float f32(double x) { return static_cast<float>(x); }
  static std::size_t index(std::int32_t i) { return static_cast<std::size_t>(i); }
  static float& at(Matrix const& m, std::size_t r, std::size_t c) { return m.data[r * m.stride + c]; }
  static Floats row(Matrix const& m, std::size_t r, std::size_t first, std::size_t count) {
    return m.data.subspan(r * m.stride + first, count);
  }
  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  /// f(row, column, element) for every element.
  template <class F>
  static void each(Matrix const& m, F&& f) {
    for (std::size_t r = 0; r < m.rows; ++r) {
      for (std::size_t c = 0; c < m.cols; ++c) {
        f(r, c, at(m, r, c));
      }
    }
  }

  static double dot(Floats a, Floats b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      sum += static_cast<double>(a[i]) * b[i];
    }
    return sum;
  }

  static double inverse_rms(Matrix const& x, std::size_t r, float epsilon) {
    Floats const numbers = row(x, r, 0, x.cols);
    return 1 / std::sqrt(dot(numbers, numbers) / static_cast<double>(x.cols) + static_cast<double>(epsilon));
  }

  /// The largest is taken out first, so that nothing overflows.
  template <class Numbers>
  static double log_sum_exp(Numbers const& numbers) {
    double const top = *std::max_element(numbers.begin(), numbers.end());
    double sum = 0;
    for (double x : numbers) {
      sum += std::exp(x - top);
    }
    return top + std::log(sum);
  }

  /// Keys and values of all heads in one slot.
  static Floats slot(Floats pages, Shape const& shape, std::size_t s) {
    std::size_t const width = 2 * shape.kv_heads * shape.head_dim;
    return pages.subspan(s * width, width);
  }

  /// f(row, head, first column of its key head, slots of the positions that it sees) for every query.
  template <class F>
  static void each_query(AttentionPlan const& plan, Shape const& shape, F&& f) {
    for (srlm::AttentionSegment const& segment : plan.segments) {
      for (std::size_t i = 0; i < segment.count; ++i) {
        std::vector<std::size_t> seen;
        for (std::size_t p = 0; p <= segment.position + i; ++p) {
          std::size_t const page = index(plan.page_table[segment.first_page + p / srlm::page_length]);
          seen.push_back(page * srlm::page_length + p % srlm::page_length);
        }
        for (std::size_t h = 0; h < shape.heads; ++h) {
          f(segment.row + i, h, h / shape.group() * shape.head_dim, seen);
        }
      }
    }
  }

  /// The token at which the nucleus, summed from the most likely on, passes the share u.
  static srlm::Token draw(Floats logits, srlm::Sampling const& sampling, double u) {
    std::vector<std::size_t> order(logits.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
    double const top = logits[order.front()], inverse = 1.0 / static_cast<double>(sampling.temperature);
    auto const p = [&](std::size_t token) { return std::exp((logits[token] - top) * inverse); };
    if (sampling.temperature < 1e-30f) {
      return static_cast<srlm::Token>(order.front());
    }
    double all = 0, mass = 0;
    for (std::size_t token : order) {
      all += p(token);
    }
    std::size_t count = 0;
    while (count < order.size() && mass < static_cast<double>(sampling.top_p) * all) {
      mass += p(order[count++]);
    }
    double left = u * mass;
    std::size_t i = 0;
    while (i + 1 < count && (left -= p(order[i])) >= 0) {
      ++i;
    }
    return static_cast<srlm::Token>(order[i]);
  }
};
static_assert(srlm::TensorBackend<Backend>);

} // namespace mylib
