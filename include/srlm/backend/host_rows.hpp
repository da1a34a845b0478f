/// The row-wise operations of the transformer on the host: each row is worked on alone, in an order that depends on its
/// length only. Gradients that sum over rows are split by columns, so threads do not change them. What is done to a row
/// is the caller's vector code.
#pragma once
#include <srlm/backend/parallel.hpp>
#include <srlm/backend/vector_functions.hpp>
#include <srlm/concepts/tensor_backend.hpp> // MatrixView
#include <algorithm>                        // copy_n
#include <cmath>                            // sqrt
#include <cstdint>
#include <span>
#include <vector>

namespace srlm::host {

inline constexpr std::size_t row_grain = 16, column_grain = 64;
inline constexpr std::size_t element_work = 4, exponential_work = 16; ///< operations an element, about

template <class B>
float* row_of(MatrixView<B> const& m, std::size_t r) {
  return m.data.data() + r * m.stride;
}

/// 1 / sqrt(mean(x^2) + epsilon).
inline float inverse_rms(VectorFunctions const& vector, float const* x, std::size_t n, float epsilon) {
  double const mean = vector.sum_of_squares(x, n) / static_cast<double>(n);
  return static_cast<float>(1.0 / std::sqrt(mean + static_cast<double>(epsilon)));
}

/// out = x / rms(x) * gain (Zhang and Sennrich 2019). x, out [T, C]; gain [C].
template <class B>
void rms_norm(int threads, VectorFunctions const& vector, MatrixView<B> x, std::span<float const> gain, float epsilon,
              MatrixView<B> out) {
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float const* const in = row_of(x, r);
      vector.scale_product(inverse_rms(vector, in, x.cols, epsilon), in, gain.data(), row_of(out, r), x.cols);
    }
  });
}

/// d_x += gradient through rms_norm; d_gain += sum over rows. With s = 1 / rms(x) and g = d_out * gain:
/// d_x = s g - s^3 x <g, x> / C.
template <class B>
void rms_norm_backward(int threads, VectorFunctions const& vector, MatrixView<B> x, std::span<float const> gain,
                       float epsilon, MatrixView<B> d_out, MatrixView<B> d_x, std::span<float> d_gain) {
  std::size_t const n = x.cols;
  std::vector<float> scales(x.rows);
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      float const *const in = row_of(x, r), *const d = row_of(d_out, r);
      float const scale = scales[r] = inverse_rms(vector, in, n, epsilon);
      double const mean = vector.sum_of_triples(d, gain.data(), in, n) / static_cast<double>(n);
      vector.add_norm_gradient(scale, d, gain.data(), static_cast<float>(mean) * scale * scale * scale, in,
                               row_of(d_x, r), n);
    }
  });
  parallel_ranges(threads, n, column_grain, element_work * x.rows * n, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = 0; r < x.rows; ++r) {
      vector.add_product(scales[r], row_of(d_out, r) + begin, row_of(x, r) + begin, d_gain.data() + begin, end - begin);
    }
  });
}

/// Rotary positions (Su et al. 2021), in place: each head's first half is paired with its second half, as in the
/// Hugging Face layout. x [T, heads * D]; cosine, sine [positions, D / 2]; sign -1 undoes the rotation.
template <class B>
void rotate(int threads, VectorFunctions const& vector, MatrixView<B> x, std::size_t head_dim,
            std::span<std::int32_t const> positions, MatrixView<B> cosine, MatrixView<B> sine, float sign) {
  std::size_t const half = head_dim / 2;
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      auto const position = static_cast<std::size_t>(positions[r]);
      for (float* head = row_of(x, r); head != row_of(x, r) + x.cols; head += head_dim) {
        vector.rotate(head, head + half, row_of(cosine, position), row_of(sine, position), sign, half);
      }
    }
  });
}

/// out = silu(gate) * up (Shazeer 2020). gate_up [T, 2F], gate first; out [T, F].
template <class B>
void swiglu(int threads, VectorFunctions const& vector, MatrixView<B> gate_up, MatrixView<B> out) {
  std::size_t const n = out.cols;
  parallel_ranges(threads, out.rows, row_grain, exponential_work * out.rows * n,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = begin; r < end; ++r) {
                      float const* const gate = row_of(gate_up, r);
                      vector.swiglu(gate, gate + n, row_of(out, r), n);
                    }
                  });
}

/// d_gate = d_out up (sigma + g sigma (1 - sigma)), d_up = d_out g sigma, sigma = sigmoid(g).
template <class B>
void swiglu_backward(int threads, VectorFunctions const& vector, MatrixView<B> gate_up, MatrixView<B> d_out,
                     MatrixView<B> d_gate_up) {
  std::size_t const n = d_out.cols;
  parallel_ranges(threads, d_out.rows, row_grain, exponential_work * d_out.rows * n,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = begin; r < end; ++r) {
                      float const* const gate = row_of(gate_up, r);
                      float* const d_gate = row_of(d_gate_up, r);
                      vector.swiglu_backward(gate, gate + n, row_of(d_out, r), d_gate, d_gate + n, n);
                    }
                  });
}

/// y += x.
template <class B>
void add(int threads, VectorFunctions const& vector, MatrixView<B> x, MatrixView<B> y) {
  parallel_ranges(threads, x.rows, row_grain, element_work * x.rows * x.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      vector.add(row_of(x, r), row_of(y, r), x.cols);
    }
  });
}

/// Every row of y += x: a bias. x [C], y [T, C].
template <class B>
void add_to_rows(int threads, VectorFunctions const& vector, std::span<float const> x, MatrixView<B> y) {
  parallel_ranges(threads, y.rows, row_grain, element_work * y.rows * y.cols, [&](std::size_t begin, std::size_t end) {
    for (std::size_t r = begin; r < end; ++r) {
      vector.add(x.data(), row_of(y, r), y.cols);
    }
  });
}

/// x += the sum of y's rows: the gradient of a bias.
template <class B>
void sum_rows(int threads, VectorFunctions const& vector, MatrixView<B> y, std::span<float> x) {
  parallel_ranges(threads, y.cols, column_grain, element_work * y.rows * y.cols,
                  [&](std::size_t begin, std::size_t end) {
                    for (std::size_t r = 0; r < y.rows; ++r) {
                      vector.add(row_of(y, r) + begin, x.data() + begin, end - begin);
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
void scatter_add_rows(int threads, VectorFunctions const& vector, MatrixView<B> rows, std::span<std::int32_t const> ids,
                      MatrixView<B> table) {
  parallel_ranges(
      threads, rows.cols, column_grain, element_work * ids.size() * rows.cols, [&](std::size_t begin, std::size_t end) {
        for (std::size_t r = 0; r < ids.size(); ++r) {
          vector.add(row_of(rows, r) + begin, row_of(table, static_cast<std::size_t>(ids[r])) + begin, end - begin);
        }
      });
}

} // namespace srlm::host
