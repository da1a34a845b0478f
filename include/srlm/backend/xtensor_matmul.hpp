/// C = alpha op(A) op(B) + beta C on the host, in double: op(B) is packed into panels of 64 columns, and every row of
/// op(A) runs down a panel by itself, one position of the depth after the other. An element of C is therefore one chain
/// of sums in one order, whatever other rows there are and however many threads take panels.
#pragma once
#include <srlm/backend/parallel.hpp>
#include <srlm/backend/xtensor_core.hpp>
#include <srlm/core/error.hpp>
#include <algorithm> // min

namespace srlm::xtensor {

inline constexpr std::size_t panel_columns = 64;

/// Columns [first, first + count) of op(B) as [depth, 64] doubles; columns that B does not have are 0.
template <class B>
xt::xtensor<double, 2> pack_panel(MatrixView<B> const& b, Op op, std::size_t depth, std::size_t first,
                                  std::size_t count) {
  xt::xtensor<double, 2> panel = xt::zeros<double>({depth, panel_columns});
  if (op == Op::none) {
    for (std::size_t k = 0; k < depth; ++k) {
      xt::noalias(array(&panel(k, 0), count)) = row(b, k, first, count);
    }
  } else {
    for (std::size_t j = 0; j < count; ++j) {
      auto const column = row(b, first + j);
      for (std::size_t k = 0; k < depth; ++k) {
        panel(k, j) = static_cast<double>(column(k));
      }
    }
  }
  return panel;
}

/// Shapes: op(A) [M, K], op(B) [K, N], C [M, N]. beta 0 overwrites what C held, numbers or not. Throws: Error for other
/// shapes, and for A and B both transposed, which no formula here needs.
template <class B>
void matmul(int threads, float alpha, MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b, float beta, MatrixView<B> c) {
  std::size_t const depth = op_a == Op::none ? a.cols : a.rows;
  bool const fits = c.rows == (op_a == Op::none ? a.rows : a.cols) && c.cols == (op_b == Op::none ? b.cols : b.rows) &&
                    depth == (op_b == Op::none ? b.rows : b.cols);
  require(fits && (op_a == Op::none || op_b == Op::none), "matmul", "matrices whose shapes do not fit",
          "C[M, N] = op(A)[M, K] op(B)[K, N], not both transposed");
  std::size_t const along = op_a == Op::none ? 1 : a.stride, down = op_a == Op::none ? a.stride : 1;
  std::size_t const panels = (c.cols + panel_columns - 1) / panel_columns;
  parallel_for(threads, panels, 2 * c.rows * c.cols * depth, [&](std::size_t p) {
    std::size_t const first = p * panel_columns, count = std::min(panel_columns, c.cols - first);
    xt::xtensor<double, 2> const panel = pack_panel(b, op_b, depth, first, count);
    std::array<double, panel_columns> sums; // a plain loop of fixed length, which the compilers keep in registers
    for (std::size_t i = 0; i < c.rows; ++i) {
      sums.fill(0);
      float const* const factors = a.data.data() + i * down;
      double const* values = panel.data();
      for (std::size_t k = 0; k < depth; ++k, values += panel_columns) {
        double const factor = static_cast<double>(factors[k * along]);
        for (std::size_t j = 0; j < panel_columns; ++j) {
          sums[j] += factor * values[j];
        }
      }
      auto to = row(c, i, first, count);
      auto const product = static_cast<double>(alpha) * array(sums.data(), count);
      if (beta == 0.0f) {
        xt::noalias(to) = xt::cast<float>(product);
      } else {
        xt::noalias(to) = xt::cast<float>(product + static_cast<double>(beta) * wide(to));
      }
    }
  });
}

} // namespace srlm::xtensor
