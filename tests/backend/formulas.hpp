/// Matrices for the tests of tensor policies, and the operations as the formulas have them: plain loops in double.
#pragma once
#include <srlm/concepts/tensor_backend.hpp>
#include <srlm/core/seed.hpp>
#include <cmath>
#include <functional>
#include <vector>

namespace formulas {

/// rows x cols random numbers in [-1, 1), `gap` unused floats after each row.
struct Host {
  std::vector<float> data;
  std::size_t rows, cols, stride;

  Host(std::size_t r, std::size_t c, std::uint64_t seed, std::size_t gap = 0)
      : data(r * (c + gap)), rows(r), cols(c), stride(c + gap) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<float>(2 * srlm::Seed{seed}.uniform(i) - 1);
    }
  }
  template <class B>
  srlm::MatrixView<B> view() {
    return {data, rows, cols, stride};
  }
  double at(std::size_t r, std::size_t c) const { return static_cast<double>(data[r * stride + c]); }
  /// Whether the gaps between rows, which no operation may touch, are those of `before`.
  bool same_gaps(Host const& before) const {
    for (std::size_t i = 0; i < data.size(); ++i) {
      if (i % stride >= cols && data[i] != before.data[i]) {
        return false;
      }
    }
    return true;
  }
};

/// A matrix of doubles, to compute with.
struct Wide {
  std::size_t rows = 0, cols = 0;
  std::vector<double> data;

  Wide() = default;
  Wide(std::size_t r, std::size_t c) : rows(r), cols(c), data(r * c) {}
  explicit Wide(Host const& host) : Wide(host.rows, host.cols) {
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t c = 0; c < cols; ++c) {
        (*this)(r, c) = host.at(r, c);
      }
    }
  }
  explicit Wide(std::vector<float> const& row) : Wide(1, row.size()) { data.assign(row.begin(), row.end()); }
  double& operator()(std::size_t r, std::size_t c) { return data[r * cols + c]; }
  double operator()(std::size_t r, std::size_t c) const { return data[r * cols + c]; }
};

inline double largest_difference(Host const& a, Wide const& b) {
  double worst = a.rows == b.rows && a.cols == b.cols ? 0.0 : 1e9;
  for (std::size_t r = 0; r < a.rows && worst < 1e9; ++r) {
    for (std::size_t c = 0; c < a.cols; ++c) {
      double const difference = std::abs(a.at(r, c) - b(r, c));
      worst = difference <= worst ? worst : difference; // a NaN is the worst
    }
  }
  return worst;
}

/// d <d_out, f(x)> / d x by central differences, where f works on doubles.
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

/// log p(targets[i]) under softmax(logits[i]), [T, 1].
inline Wide log_probs(Wide const& logits, std::vector<std::int32_t> const& targets) {
  Wide out(logits.rows, 1);
  for (std::size_t r = 0; r < logits.rows; ++r) {
    double sum = 0;
    for (std::size_t v = 0; v < logits.cols; ++v) {
      sum += std::exp(logits(r, v));
    }
    out(r, 0) = logits(r, static_cast<std::size_t>(targets[r])) - std::log(sum);
  }
  return out;
}

/// Causal attention of sequences that are lists of rows: the i-th row of a sequence sees its first i + 1 rows. A row
/// that several sequences share gets the same result from each. q [T, heads * D]; k, v [T, kv_heads * D].
inline Wide attention(Wide const& q, Wide const& k, Wide const& v,
                      std::vector<std::vector<std::size_t>> const& sequences, srlm::AttentionShape const& shape,
                      Wide* log_sums = nullptr) {
  std::size_t const depth = shape.head_dim;
  Wide out(q.rows, q.cols);
  for (auto const& rows : sequences) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      for (std::size_t h = 0; h < shape.heads; ++h) {
        std::size_t const from = h * depth, kv = h / (shape.heads / shape.kv_heads) * depth;
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

} // namespace formulas
