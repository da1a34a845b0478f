/// Matrix products by Eigen, in tiles. A row of the product has the same bits however many other rows there are: columns
/// go in tiles of a multiple of 48, a width that Eigen's kernel covers with its widest micro-panel on every instruction
/// set (48 = 3 x 16 = 6 x 8 = 12 x 4 floats); a lone row, which would go to another routine, gets a companion.
#pragma once
#include <srlm/backend/eigen_core.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/concepts/tensor_backend.hpp> // MatrixView, Op
#include <srlm/core/error.hpp>              // require

namespace srlm::host {

inline constexpr std::size_t column_tile = 96, narrow_tile = 48, row_tile = 256;

/// c = beta c + alpha a b for one tile.
template <class A, class B, class C>
void multiply_tile(float alpha, A const& a, B const& b, float beta, C&& c) {
  if (beta == 0.0f) {
    c.noalias() = alpha * a * b;
  } else {
    if (beta != 1.0f) {
      c *= beta;
    }
    c.noalias() += alpha * a * b;
  }
}

/// c = beta c + alpha op_a(a) op_b(b).
/// Determinism: independent of the number of threads; without op_a, a row of c does not depend on the other rows.
template <class Backend>
void matmul(int threads, float alpha, MatrixView<Backend> a, Op op_a, MatrixView<Backend> b, Op op_b, float beta,
            MatrixView<Backend> c) {
  std::size_t const rows = c.rows, cols = c.cols, depth = op_a == Op::none ? a.cols : a.rows;
  require(rows == (op_a == Op::none ? a.rows : a.cols) && cols == (op_b == Op::none ? b.cols : b.rows) &&
              depth == (op_b == Op::none ? b.rows : b.cols),
          "matmul", "matrices whose shapes do not fit", "C[M, N] = op(A)[M, K] op(B)[K, N]");
  MatrixMap const ma = map(a.data.data(), a.rows, a.cols, a.stride), mb = map(b.data.data(), b.rows, b.cols, b.stride);
  std::size_t const row_tiles = (rows + row_tile - 1) / row_tile, col_tiles = (cols + column_tile - 1) / column_tile;

  parallel_for(threads, row_tiles * col_tiles, 2 * rows * cols * depth, [&](std::size_t tile) {
    using Eigen::Index;
    std::size_t const r = tile % row_tiles * row_tile, k = tile / row_tiles * column_tile;
    std::size_t const height = std::min(row_tile, rows - r), width = std::min(column_tile, cols - k);
    auto const r0 = static_cast<Index>(r), h = static_cast<Index>(height), c0 = static_cast<Index>(k),
               w = static_cast<Index>(width), d = static_cast<Index>(depth);
    MatrixMap out = map(c.data.data() + r * c.stride + k, height, width, c.stride);
    if (op_a == Op::transpose) { // a gradient of weights: a sum over rows, nothing to keep apart
      auto const left = ma.block(0, r0, d, h).transpose();
      op_b == Op::none ? multiply_tile(alpha, left, mb.block(0, c0, d, w), beta, out)
                       : multiply_tile(alpha, left, mb.block(c0, 0, w, d).transpose(), beta, out);
      return;
    }
    if (height > 1 && width % narrow_tile == 0) {
      auto const left = ma.block(r0, 0, h, d);
      op_b == Op::none ? multiply_tile(alpha, left, mb.block(0, c0, d, w), beta, out)
                       : multiply_tile(alpha, left, mb.block(c0, 0, w, d).transpose(), beta, out);
      return;
    }
    // a lone row, or columns that do not fill a tile: compute a padded tile, keep what was asked for
    Index const full_h = std::max<Index>(h, 2), full_w = (w + static_cast<Index>(narrow_tile) - 1) /
                                                          static_cast<Index>(narrow_tile) *
                                                          static_cast<Index>(narrow_tile);
    RowMajor left = RowMajor::Zero(full_h, d), product(full_h, full_w);
    left.topRows(h) = ma.block(r0, 0, h, d);
    if (op_b == Op::none) {
      RowMajor right = RowMajor::Zero(d, full_w);
      right.leftCols(w) = mb.block(0, c0, d, w);
      multiply_tile(alpha, left, right, 0.0f, product);
    } else {
      RowMajor right = RowMajor::Zero(full_w, d);
      right.topRows(w) = mb.block(c0, 0, w, d);
      multiply_tile(alpha, left, right.transpose(), 0.0f, product);
    }
    if (beta == 0.0f) {
      out = product.topLeftCorner(h, w);
    } else {
      out = beta * out + product.topLeftCorner(h, w);
    }
  });
}

} // namespace srlm::host
