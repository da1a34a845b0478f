/// The row-wise operations of the transformer as xtensor expressions over one row at a time. Sums over a row and over
/// rows are formed in double, first to last.
#pragma once
#include <srlm/backend/xtensor_core.hpp>
#include <cmath> // sqrt
#include <cstdint>

namespace srlm::xtensor {

/// s = 1 / sqrt(mean(x^2) + epsilon) of a row.
template <class Row>
double inverse_rms(Row const& x, float epsilon) {
  return 1.0 / std::sqrt(total(xt::square(wide(x))) / static_cast<double>(x.size()) + static_cast<double>(epsilon));
}

/// out = s x gain (Zhang and Sennrich 2019). x, out [T, C]; gain [C].
template <class B>
void rms_norm(MatrixView<B> x, std::span<float> gain, float epsilon, MatrixView<B> out) {
  auto const g = array(gain);
  for (std::size_t r = 0; r < x.rows; ++r) {
    auto const in = row(x, r);
    double const s = inverse_rms(in, epsilon);
    auto to = row(out, r);
    xt::noalias(to) = xt::cast<float>(s * wide(in) * wide(g));
  }
}

/// With e = d_out gain: d_x += s (e - x s^2 mean(e x)), because ds/dx_i = -s^3 x_i / C; d_gain += sum of s x d_out.
template <class B>
void rms_norm_backward(MatrixView<B> x, std::span<float> gain, float epsilon, MatrixView<B> d_out, MatrixView<B> d_x,
                       std::span<float> d_gain) {
  auto const g = array(gain);
  xt::xtensor<double, 1> gain_sum = xt::zeros<double>({gain.size()});
  for (std::size_t r = 0; r < x.rows; ++r) {
    auto const in = row(x, r), d = row(d_out, r);
    double const s = inverse_rms(in, epsilon);
    auto const e = wide(d) * wide(g);
    double const along_x = s * s * total(e * wide(in)) / static_cast<double>(x.cols);
    auto to = row(d_x, r);
    xt::noalias(to) += xt::cast<float>(s * (e - along_x * wide(in)));
    xt::noalias(gain_sum) += s * wide(in) * wide(d);
  }
  auto to = array(d_gain);
  xt::noalias(to) += xt::cast<float>(gain_sum);
}

/// Each head's pairs (x_i, x_{i + D/2}) are turned by the angle of their position (Su et al. 2021), in place; sign -1
/// turns back. x [T, heads * D]; cosine, sine [positions, D / 2].
template <class B>
void rotate(MatrixView<B> x, std::size_t head_dim, std::span<std::int32_t> positions, MatrixView<B> cosine,
            MatrixView<B> sine, float sign) {
  std::size_t const half = head_dim / 2;
  for (std::size_t r = 0; r < x.rows; ++r) {
    auto const position = static_cast<std::size_t>(positions[r]);
    auto const c = row(cosine, position, 0, half), s = row(sine, position, 0, half);
    for (std::size_t head = 0; head < x.cols; head += head_dim) {
      auto lower = row(x, r, head, half), upper = row(x, r, head + half, half);
      xt::xtensor<float, 1> const a = lower, b = upper;
      xt::noalias(lower) = a * c - sign * (b * s);
      xt::noalias(upper) = b * c + sign * (a * s);
    }
  }
}

/// 1 / (1 + exp(-x)). Where exp overflows, the quotient is 0 as it should be.
template <class E>
auto sigmoid(E&& x) {
  return 1.0f / (1.0f + xt::exp(-std::forward<E>(x)));
}

/// out = gate sigmoid(gate) up (Shazeer 2020). gate_up [T, 2F], gate first; out [T, F].
template <class B>
void swiglu(MatrixView<B> gate_up, MatrixView<B> out) {
  for (std::size_t r = 0; r < out.rows; ++r) {
    auto const gate = row(gate_up, r, 0, out.cols), up = row(gate_up, r, out.cols, out.cols);
    auto to = row(out, r);
    xt::noalias(to) = gate * sigmoid(gate) * up;
  }
}

/// d_gate = d_out up d(gate sigma)/d gate, where that is sigma + gate sigma (1 - sigma); d_up = d_out gate sigma.
template <class B>
void swiglu_backward(MatrixView<B> gate_up, MatrixView<B> d_out, MatrixView<B> d_gate_up) {
  std::size_t const f = d_out.cols;
  for (std::size_t r = 0; r < d_out.rows; ++r) {
    auto const gate = row(gate_up, r, 0, f), up = row(gate_up, r, f, f), d = row(d_out, r);
    xt::xtensor<float, 1> const sigma = sigmoid(gate);
    auto d_gate = row(d_gate_up, r, 0, f), d_up = row(d_gate_up, r, f, f);
    xt::noalias(d_gate) = d * up * (sigma + gate * sigma * (1.0f - sigma));
    xt::noalias(d_up) = d * gate * sigma;
  }
}

/// y += x.
template <class B>
void add(MatrixView<B> x, MatrixView<B> y) {
  for (std::size_t r = 0; r < y.rows; ++r) {
    auto to = row(y, r);
    xt::noalias(to) += row(x, r);
  }
}

/// Every row of y += x: a bias.
template <class B>
void add_to_rows(std::span<float> x, MatrixView<B> y) {
  for (std::size_t r = 0; r < y.rows; ++r) {
    auto to = row(y, r);
    xt::noalias(to) += array(x);
  }
}

/// x += the sum of y's rows: the gradient of a bias.
template <class B>
void sum_rows(MatrixView<B> y, std::span<float> x) {
  xt::xtensor<double, 1> sum = xt::zeros<double>({x.size()});
  for (std::size_t r = 0; r < y.rows; ++r) {
    xt::noalias(sum) += wide(row(y, r));
  }
  auto to = array(x);
  xt::noalias(to) += xt::cast<float>(sum);
}

/// out[i] = table[ids[i]].
template <class B>
void gather_rows(MatrixView<B> table, std::span<std::int32_t> ids, MatrixView<B> out) {
  for (std::size_t r = 0; r < ids.size(); ++r) {
    auto to = row(out, r);
    xt::noalias(to) = row(table, static_cast<std::size_t>(ids[r]));
  }
}

/// table[ids[i]] += rows[i]; ids may repeat.
template <class B>
void scatter_add_rows(MatrixView<B> rows, std::span<std::int32_t> ids, MatrixView<B> table) {
  for (std::size_t r = 0; r < ids.size(); ++r) {
    auto to = row(table, static_cast<std::size_t>(ids[r]));
    xt::noalias(to) += row(rows, r);
  }
}

} // namespace srlm::xtensor
