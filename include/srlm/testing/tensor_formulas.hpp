/// The operations of a tensor backend as their formulas have them: plain loops in double, to compare backends with.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/core/seed.hpp>
#include <cmath>
#include <functional>
#include <vector>

namespace srlm::testing {

/// n numbers in [-1, 1).
inline std::vector<float> random_numbers(std::size_t n, std::uint64_t seed) {
  std::vector<float> numbers(n);
  for (std::size_t i = 0; i < n; ++i) {
    numbers[i] = static_cast<float>(2 * Seed{seed}.uniform(i) - 1);
  }
  return numbers;
}

/// A matrix of doubles.
struct Wide {
  std::size_t rows = 0, cols = 0;
  std::vector<double> data;

  Wide() = default;
  Wide(std::size_t r, std::size_t c) : rows(r), cols(c), data(r * c) {}
  /// The elements of a row-major matrix of floats whose rows lie `stride` apart.
  Wide(std::vector<float> const& from, std::size_t r, std::size_t c, std::size_t stride) : Wide(r, c) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<double>(from[i / c * stride + i % c]);
    }
  }
  double& operator()(std::size_t r, std::size_t c) { return data[r * cols + c]; }
  double operator()(std::size_t r, std::size_t c) const { return data[r * cols + c]; }
};

inline Wide operator+(Wide a, Wide const& b) {
  for (std::size_t i = 0; i < a.data.size(); ++i) {
    a.data[i] += b.data[i];
  }
  return a;
}

/// HUGE_VAL for matrices of different shapes and where one has a NaN.
inline double largest_difference(Wide const& a, Wide const& b) {
  double worst = a.rows == b.rows && a.cols == b.cols ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < a.data.size() && worst < HUGE_VAL; ++i) {
    double const difference = std::abs(a.data[i] - b.data[i]);
    worst = std::isnan(difference) ? HUGE_VAL : std::max(worst, difference);
  }
  return worst;
}

/// d <d_out, f(x)> / d x by central differences.
inline Wide numeric_gradient(Wide const& x, Wide const& d_out, std::function<Wide(Wide const&)> const& f) {
  constexpr double step = 1e-4;
  Wide gradient(x.rows, x.cols), moved = x;
  auto const value = [&] {
    Wide const out = f(moved);
    double sum = 0;
    for (std::size_t i = 0; i < out.data.size(); ++i) {
      sum += out.data[i] * d_out.data[i];
    }
    return sum;
  };
  for (std::size_t i = 0; i < x.data.size(); ++i) {
    moved.data[i] = x.data[i] + step;
    double const above = value();
    moved.data[i] = x.data[i] - step;
    gradient.data[i] = (above - value()) / (2 * step);
    moved.data[i] = x.data[i];
  }
  return gradient;
}

namespace formula {

/// alpha op(A) op(B) + beta C.
inline Wide matmul(double alpha, Wide const& a, Op op_a, Wide const& b, Op op_b, double beta, Wide const& c) {
  std::size_t const depth = op_a == Op::none ? a.cols : a.rows;
  Wide out(c.rows, c.cols);
  for (std::size_t i = 0; i < c.rows; ++i) {
    for (std::size_t j = 0; j < c.cols; ++j) {
      double sum = 0;
      for (std::size_t d = 0; d < depth; ++d) {
        sum += (op_a == Op::none ? a(i, d) : a(d, i)) * (op_b == Op::none ? b(d, j) : b(j, d));
      }
      out(i, j) = alpha * sum + (beta == 0 ? 0 : beta * c(i, j));
    }
  }
  return out;
}

inline Wide rms_norm(Wide const& x, Wide const& gain, double epsilon) {
  Wide out(x.rows, x.cols);
  for (std::size_t r = 0; r < x.rows; ++r) {
    double squares = 0;
    for (std::size_t c = 0; c < x.cols; ++c) {
      squares += x(r, c) * x(r, c);
    }
    for (std::size_t c = 0; c < x.cols; ++c) {
      out(r, c) = x(r, c) * gain(0, c) / std::sqrt(squares / static_cast<double>(x.cols) + epsilon);
    }
  }
  return out;
}

/// (a + b i) e^(i angle) of each pair (x_i, x_{i + D/2}) of a head, with angle(row, i).
inline Wide rotate(Wide x, std::size_t head_dim, std::function<double(std::size_t, std::size_t)> const& angle) {
  for (std::size_t r = 0; r < x.rows; ++r) {
    for (std::size_t first = 0; first < x.cols; first += head_dim) {
      for (std::size_t i = 0; i < head_dim / 2; ++i) {
        double &a = x(r, first + i), &b = x(r, first + head_dim / 2 + i);
        double const c = std::cos(angle(r, i)), s = std::sin(angle(r, i)), turned = a * c - b * s;
        b = b * c + a * s;
        a = turned;
      }
    }
  }
  return x;
}

inline Wide swiglu(Wide const& gate_up) {
  std::size_t const n = gate_up.cols / 2;
  Wide out(gate_up.rows, n);
  for (std::size_t r = 0; r < out.rows; ++r) {
    for (std::size_t c = 0; c < n; ++c) {
      out(r, c) = gate_up(r, c) / (1 + std::exp(-gate_up(r, c))) * gate_up(r, n + c);
    }
  }
  return out;
}

/// log of the sum of exp(logits) of each row, [T, 1]. Logits up to some hundreds.
inline Wide log_sums(Wide const& logits) {
  Wide out(logits.rows, 1);
  for (std::size_t r = 0; r < logits.rows; ++r) {
    double sum = 0;
    for (std::size_t v = 0; v < logits.cols; ++v) {
      sum += std::exp(logits(r, v));
    }
    out(r, 0) = std::log(sum);
  }
  return out;
}

/// log p(targets[i]) under softmax(logits[i]), [T, 1].
inline Wide log_probs(Wide const& logits, std::vector<std::int32_t> const& targets) {
  Wide out = log_sums(logits);
  for (std::size_t r = 0; r < logits.rows; ++r) {
    out(r, 0) = logits(r, static_cast<std::size_t>(targets[r])) - out(r, 0);
  }
  return out;
}

/// Causal attention of sequences that are lists of rows: the i-th row of a sequence sees its first i + 1 rows. A row
/// that several sequences share gets the same result from each. q [T, heads * D]; k, v [T, kv_heads * D].
inline Wide attention(Wide const& q, Wide const& k, Wide const& v,
                      std::vector<std::vector<std::size_t>> const& sequences, AttentionShape const& shape,
                      Wide* log_sums = nullptr) {
  std::size_t const depth = shape.head_dim;
  Wide out(q.rows, q.cols);
  for (auto const& rows : sequences) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t h = 0; h < shape.heads; ++h) {
        std::size_t const from = h * depth, kv = h / shape.group() * depth;
        std::vector<double> weight(i + 1);
        double sum = 0;
        for (std::size_t j = 0; j <= i; ++j) {
          double dot = 0;
          for (std::size_t d = 0; d < depth; ++d) {
            dot += q(rows[i], from + d) * k(rows[j], kv + d);
          }
          sum += weight[j] = std::exp(dot / std::sqrt(static_cast<double>(depth)));
        }
        for (std::size_t d = 0; d < depth; ++d) {
          double value = 0;
          for (std::size_t j = 0; j <= i; ++j) {
            value += weight[j] * v(rows[j], kv + d);
          }
          out(rows[i], from + d) = value / sum;
        }
        if (log_sums != nullptr) {
          (*log_sums)(rows[i], h) = std::log(sum);
        }
      }
    }
  }
  return out;
}

/// One step of AdamW (Loshchilov and Hutter 2019, algorithm 2): value and both moments, each [1, n], in place.
inline void adamw(Wide& value, Wide const& gradient, Wide& first, Wide& second, AdamWStep const& s) {
  auto const rate = static_cast<double>(s.rate), b1 = static_cast<double>(s.beta1), b2 = static_cast<double>(s.beta2);
  for (std::size_t i = 0; i < value.cols; ++i) {
    double const g = static_cast<double>(s.scale) * gradient(0, i);
    first(0, i) = b1 * first(0, i) + (1 - b1) * g;
    second(0, i) = b2 * second(0, i) + (1 - b2) * g * g;
    double const m = first(0, i) / (1 - std::pow(b1, s.step)), v = second(0, i) / (1 - std::pow(b2, s.step));
    value(0, i) -= rate * (static_cast<double>(s.weight_decay) * value(0, i) +
                           m / (std::sqrt(v) + static_cast<double>(s.epsilon)));
  }
}

} // namespace formula

} // namespace srlm::testing
