/// The row-wise operations of the transformer on the host: each row is worked on alone, in an order that depends on its
/// length only. Gradients that sum over rows are split by columns, so threads do not change them.
#pragma once
#include <srlm/backend/eigen_core.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/concepts/tensor_backend.hpp> // MatrixView
#include <cmath>                            // sqrt
#include <cstdint>
#include <span>

namespace srlm::host {

inline constexpr std::size_t row_grain = 16, column_grain = 64;
inline constexpr std::size_t element_work = 4, exponential_work = 16; ///< operations an element, about

template <class B>
float* row_of(MatrixView<B> const& m, std::size_t r) {
  return m.data.data() + r * m.stride;
}

/// 1 / sqrt(mean(x^2) + epsilon).
inline float inverse_rms(float const* x, std::size_t n, float epsilon) {
  Block sum = Block::Zero();
  for (std::size_t i = 0; i < n; i += block_length) {
    Block const v = load_block(x, i, n);
    sum += v * v;
  }
  return static_cast<float>(1.0 / std::sqrt(sum_of(sum) / static_cast<double>(n) + static_cast<double>(epsilon)));
}

/// out = x / rms(x) * gain (Zhang and Sennrich 2019). x, out [T, C]; gain [C].
template <class B>
void rms_norm(int threads, MatrixView<B> x, std::span<float const> gain, float epsilon, MatrixView<B> out) {
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float const* const in = row_of(x, r);
      float* const to = row_of(out, r);
      float const scale = inverse_rms(in, x.cols, epsilon);
      for (std::size_t i = 0; i < x.cols; i += block_length) {
        Block const y = load_block(in, i, x.cols) * scale * load_block(gain.data(), i, x.cols);
        store_block(y, to, i, x.cols);
      }
    }
  });
}

/// d_x += gradient through rms_norm; d_gain += sum over rows. With s = 1 / rms(x) and g = d_out * gain:
/// d_x = s g - s^3 x <g, x> / C.
template <class B>
void rms_norm_backward(int threads, MatrixView<B> x, std::span<float const> gain, float epsilon, MatrixView<B> d_out,
                       MatrixView<B> d_x, std::span<float> d_gain) {
  std::size_t const n = x.cols;
  std::vector<float> scales(x.rows);
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float const *const in = row_of(x, r), *const d = row_of(d_out, r);
      float* const to = row_of(d_x, r);
      float const scale = scales[r] = inverse_rms(in, n, epsilon);
      Block dot = Block::Zero();
      for (std::size_t i = 0; i < n; i += block_length) {
        dot += load_block(d, i, n) * load_block(gain.data(), i, n) * load_block(in, i, n);
      }
      float const k = static_cast<float>(sum_of(dot) / static_cast<double>(n)) * scale * scale * scale;
      for (std::size_t i = 0; i < n; i += block_length) {
        Block const g = load_block(d, i, n) * load_block(gain.data(), i, n);
        store_block(load_block(to, i, n) + scale * g - k * load_block(in, i, n), to, i, n);
      }
    }
  });
  parallel_ranges(threads, n, column_grain, element_work * x.rows * n, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      float const *const in = row_of(x, r), *const d = row_of(d_out, r);
      for (std::size_t c = begin; c < end; ++c) {
        d_gain[c] += d[c] * in[c] * scales[r];
      }
    }
  });
}

/// Rotary positions (Su et al. 2021), in place: each head's first half is paired with its second half, as in the
/// Hugging Face layout. x [T, heads * D]; cosine, sine [positions, D / 2]; sign -1 undoes the rotation.
template <class B>
void rotate(int threads, MatrixView<B> x, std::size_t head_dim, std::span<std::int32_t const> positions,
            MatrixView<B> cosine, MatrixView<B> sine, float sign) {
  std::size_t const half = head_dim / 2;
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      auto const position = static_cast<std::size_t>(positions[r]);
      float const *const c = row_of(cosine, position), *const s = row_of(sine, position);
      for (float* head = row_of(x, r); head != row_of(x, r) + x.cols; head += head_dim) {
        for (std::size_t i = 0; i < half; ++i) {
          float const first = head[i], second = head[i + half];
          head[i] = first * c[i] - sign * second * s[i];
          head[i + half] = second * c[i] + sign * first * s[i];
        }
      }
    }
  });
}

/// out = silu(gate) * up (Shazeer 2020). gate_up [T, 2F], gate first; out [T, F].
template <class B>
void swiglu(int threads, MatrixView<B> gate_up, MatrixView<B> out) {
  std::size_t const n = out.cols;
  parallel_ranges(threads, out.rows, row_grain, exponential_work * out.rows * n,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = begin; r < end; ++r) {
                      float const *const gate = row_of(gate_up, r), *const up = gate + n;
                      for (std::size_t i = 0; i < n; i += block_length) {
                        Block const g = load_block(gate, i, n);
                        store_block(g / (1.0f + (-g).exp()) * load_block(up, i, n), row_of(out, r), i, n);
                      }
                    }
                  });
}

/// d_gate = d_out up (sigma + g sigma (1 - sigma)), d_up = d_out g sigma, sigma = sigmoid(g).
template <class B>
void swiglu_backward(int threads, MatrixView<B> gate_up, MatrixView<B> d_out, MatrixView<B> d_gate_up) {
  std::size_t const n = d_out.cols;
  parallel_ranges(
      threads, d_out.rows, row_grain, exponential_work * d_out.rows * n, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = begin; r < end; ++r) {
          float const *const gate = row_of(gate_up, r), *const up = gate + n;
          float *const d_gate = row_of(d_gate_up, r), *const d_up = d_gate + n;
          for (std::size_t i = 0; i < n; i += block_length) {
            Block const g = load_block(gate, i, n), u = load_block(up, i, n), d = load_block(row_of(d_out, r), i, n);
            Block const sigma = 1.0f / (1.0f + (-g).exp());
            store_block(d * u * sigma * (1.0f + g * (1.0f - sigma)), d_gate, i, n);
            store_block(d * g * sigma, d_up, i, n);
          }
        }
      });
}

/// y += x.
template <class B>
void add(int threads, MatrixView<B> x, MatrixView<B> y) {
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    auto const first = static_cast<Eigen::Index>(begin), count = static_cast<Eigen::Index>(end - begin);
    map(y.data.data(), y.rows, y.cols, y.stride).middleRows(first, count) +=
        map(x.data.data(), x.rows, x.cols, x.stride).middleRows(first, count);
  });
}

/// Every row of y += x: a bias. x [C], y [T, C].
template <class B>
void add_to_rows(int threads, std::span<float const> x, MatrixView<B> y) {
  parallel_ranges(threads, y.rows, row_grain, element_work * y.rows * y.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float* const to = row_of(y, r);
      for (std::size_t c = 0; c < y.cols; ++c) {
        to[c] += x[c];
      }
    }
  });
}

/// x += the sum of y's rows: the gradient of a bias.
template <class B>
void sum_rows(int threads, MatrixView<B> y, std::span<float> x) {
  parallel_ranges(threads, y.cols, column_grain, element_work * y.rows * y.cols,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = 0; r < y.rows; ++r) {
                      float const* const from = row_of(y, r);
                      for (std::size_t c = begin; c < end; ++c) {
                        x[c] += from[c];
                      }
                    }
                  });
}

/// out[i] = table[ids[i]].
template <class B>
void gather_rows(int threads, MatrixView<B> table, std::span<std::int32_t const> ids, MatrixView<B> out) {
  parallel_ranges(threads, ids.size(), row_grain, element_work * ids.size() * table.cols,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = begin; r < end; ++r) {
                      std::copy_n(row_of(table, static_cast<std::size_t>(ids[r])), table.cols, row_of(out, r));
                    }
                  });
}

/// table[ids[i]] += rows[i]; ids may repeat. Split by columns, so each sum runs in the order of the rows.
template <class B>
void scatter_add_rows(int threads, MatrixView<B> rows, std::span<std::int32_t const> ids, MatrixView<B> table) {
  parallel_ranges(threads, rows.cols, column_grain, element_work * ids.size() * rows.cols,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = 0; r < ids.size(); ++r) {
                      float const* const from = row_of(rows, r);
                      float* const to = row_of(table, static_cast<std::size_t>(ids[r]));
                      for (std::size_t c = begin; c < end; ++c) {
                        to[c] += from[c];
                      }
                    }
                  });
}

} // namespace srlm::host
