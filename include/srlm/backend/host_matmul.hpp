/// Matrix products on the host, f32, register-blocked. Every element of a product is one chain of multiply-adds over
/// the depth, in order; tiles and threads decide only who computes it and when. So a row of a product has the same bits
/// whatever other rows there are, by construction.
///
/// One kernel does it all: out[r][0 .. 31] += sum over d of a(r, d) * panel[d][0 .. 31] for 8 rows at a time, where a
/// `panel` is 32 columns of the right side, packed.
///   C = A B      rows are those of A, panels are columns of B
///   C = A^T B    the same with the columns of A packed as rows
///   C = A B^T    the same with the rows of B packed as columns
#pragma once
#include <srlm/backend/lanes.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/concepts/tensor_backend.hpp> // MatrixView, Op
#include <srlm/core/error.hpp>              // require
#include <algorithm>                        // fill, fill_n, min, transform
#include <cstddef>
#include <memory> // unique_ptr

namespace srlm::host {

inline constexpr std::size_t tile_rows = 8, panel_width = 32, panel_vectors = panel_width / lane_count;

/// What one task makes of C, and how deep its panels are.
struct TaskShape {
  std::size_t rows, panels, depth;
};
/// For few rows, B comes from memory: a panel stays in the first-level cache until it is used. For more, a panel is
/// used by many rows, and a block of rows by several panels.
inline TaskShape task_shape(std::size_t rows) { return {256, rows <= 64 ? 1u : 3u, rows <= 64 ? 128u : 256u}; }

/// Rows of a left side: row r begins at rows + r * step and goes on one float after another; or, packed, lies in every
/// eighth float from rows + r on.
struct LeftRows {
  float const* rows;
  std::size_t step;
  bool packed;
};

/// out[r][c] = (from_zero ? 0 : out[r][c]) + sum over d < depth of a(r, d) * panel[d][c], for `Rows` rows and the 32
/// columns of a panel. out has stride out_stride.
template <std::size_t Rows, bool Packed>
void multiply_panel(float const* a, std::size_t row_step, float const* panel, std::size_t depth, float* out,
                    std::size_t out_stride, bool from_zero) {
  for (std::size_t v0 = 0; v0 < panel_vectors; v0 += 2) { // two vectors at a time: 16 sums stay in registers
    Lanes sum[Rows][2] = {};
    if (!from_zero) {
      for (std::size_t r = 0; r < Rows; ++r) {
        sum[r][0] = load(out + r * out_stride + v0 * lane_count);
        sum[r][1] = load(out + r * out_stride + (v0 + 1) * lane_count);
      }
    }
    float const* row[Rows];
    for (std::size_t r = 0; r < Rows; ++r) {
      row[r] = Packed ? a + r : a + r * row_step;
    }
    float const* column = panel + v0 * lane_count;
    for (std::size_t d = 0; d < depth; ++d, column += panel_width) {
      Lanes const left = load(column), right = load(column + lane_count);
      for (std::size_t r = 0; r < Rows; ++r) {
        float const factor = row[r][Packed ? d * tile_rows : d];
        sum[r][0] += factor * left;
        sum[r][1] += factor * right;
      }
    }
    for (std::size_t r = 0; r < Rows; ++r) {
      store(sum[r][0], out + r * out_stride + v0 * lane_count);
      store(sum[r][1], out + r * out_stride + (v0 + 1) * lane_count);
    }
  }
}

/// The same for 1 to 8 rows.
inline void multiply_rows(std::size_t rows, LeftRows const& a, float const* panel, std::size_t depth, float* out,
                          std::size_t out_stride, bool from_zero) {
  if (rows == tile_rows) {
    return a.packed ? multiply_panel<tile_rows, true>(a.rows, a.step, panel, depth, out, out_stride, from_zero)
                    : multiply_panel<tile_rows, false>(a.rows, a.step, panel, depth, out, out_stride, from_zero);
  }
  for (std::size_t r = 0; r < rows; ++r, out += out_stride) {
    a.packed ? multiply_panel<1, true>(a.rows + r, a.step, panel, depth, out, out_stride, from_zero)
             : multiply_panel<1, false>(a.rows + r * a.step, a.step, panel, depth, out, out_stride, from_zero);
  }
}

/// panel[d][c] = b[d * stride + c] for c < columns <= Width, else 0.
template <std::size_t Width>
void pack_columns(float const* b, std::size_t stride, std::size_t depth, std::size_t columns, float* panel) {
  if (columns == Width) { // a length that the compiler knows
    for (std::size_t d = 0; d < depth; ++d, panel += Width) {
      __builtin_memcpy(panel, b + d * stride, Width * sizeof(float));
    }
    return;
  }
  for (std::size_t d = 0; d < depth; ++d, panel += Width) {
    std::copy_n(b + d * stride, columns, panel);
    std::fill(panel + columns, panel + Width, 0.0f);
  }
}

/// panel[d][c] = b[c * stride + d], missing rows 0. `next`: how many rows behind b this thread likely packs afterwards;
/// they are asked for meanwhile.
inline void pack_rows(float const* b, std::size_t stride, std::size_t depth, std::size_t rows, std::size_t next,
                      float* panel) {
  constexpr std::size_t ahead = 48; // so many rows at once are more than the processor sees coming by itself
  for (std::size_t c = 0; c < panel_width; c += lane_count) {
    std::size_t d = 0;
    if (c + lane_count <= rows) {
      for (; d + lane_count <= depth; d += lane_count) {
        for (std::size_t i = 0; i < lane_count; ++i) {
          float const* const row = b + (c + i) * stride + d;
          __builtin_prefetch(row + ahead);
          prefetch(row + next * stride, 1);
        }
        transpose_square(b + c * stride + d, stride, panel + d * panel_width + c, panel_width);
      }
    }
    for (; d < depth; ++d) {
      for (std::size_t i = c; i < c + lane_count; ++i) {
        panel[d * panel_width + i] = i < rows ? b[i * stride + d] : 0.0f;
      }
    }
  }
}

/// Room for n floats that this thread keeps; uninitialised. Which: a call needs its own.
template <int Which>
float* scratch(std::size_t n) {
  static thread_local std::unique_ptr<float[]> room;
  static thread_local std::size_t size = 0;
  if (size < n) {
    room.reset(new float[n]);
    size = n;
  }
  return room.get();
}

/// What becomes of an element.
inline float scaled(float alpha, float sum, float beta, float before) {
  return beta == 0.0f ? alpha * sum : beta * before + alpha * sum;
}

/// C = beta C; what C held before is not read where beta is 0.
template <class B>
void scale_rows(float beta, MatrixView<B> const& c) {
  for (std::size_t r = 0; r < c.rows; ++r) {
    float* const row = c.data.data() + r * c.stride;
    std::transform(row, row + c.cols, row, [&](float x) { return scaled(0, 0, beta, x); });
  }
}

/// Throws: Error for shapes that do not fit, or both sides transposed.
template <class B>
void check_product(MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b, MatrixView<B> c) {
  std::size_t const depth = op_a == Op::none ? a.cols : a.rows;
  require(c.rows == (op_a == Op::none ? a.rows : a.cols) && c.cols == (op_b == Op::none ? b.cols : b.rows) &&
              depth == (op_b == Op::none ? b.rows : b.cols) && (op_a == Op::none || op_b == Op::none),
          "matmul", "matrices whose shapes do not fit", "C[M, N] = op(A)[M, K] op(B)[K, N], not both transposed");
}

/// c = beta c + alpha op_a(a) op_b(b); not both transposed. op_a(a) [M, K], op_b(b) [K, N]. Tasks are panels of c's
/// columns and blocks of its rows.
/// Determinism: the same bits for every number of threads and, row by row, for every number of rows.
template <class B>
void matmul(int threads, float alpha, MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b, float beta, MatrixView<B> c) {
  check_product(a, op_a, b, op_b, c);
  bool const turned = op_a == Op::transpose;
  TaskShape const of_task = task_shape(c.rows);
  std::size_t const m = c.rows, n = c.cols, depth = turned ? a.rows : a.cols,
                    panels = (n + panel_width - 1) / panel_width;
  std::size_t const groups = (panels + of_task.panels - 1) / of_task.panels,
                    row_blocks = (m + of_task.rows - 1) / of_task.rows;
  std::size_t const sum_stride = of_task.panels * panel_width, panel_size = of_task.depth * panel_width,
                    next = static_cast<std::size_t>(threads) * sum_stride;
  parallel_for(threads, groups * row_blocks, 2 * m * n * depth, [&](std::size_t task) {
    std::size_t const first_panel = task / row_blocks * of_task.panels, first_row = task % row_blocks * of_task.rows;
    std::size_t const last_panel = std::min(first_panel + of_task.panels, panels),
                      last_row = std::min(first_row + of_task.rows, m);
    float* const packed = scratch<0>(of_task.panels * panel_size);
    float* const columns = scratch<1>(tile_rows * of_task.depth);
    float* const sums = scratch<2>(of_task.rows * sum_stride);
    if (depth == 0) { // no block fills them, and an earlier product's are still there
      std::fill_n(sums, of_task.rows * sum_stride, 0.0f);
    }
    for (std::size_t d = 0; d < depth; d += of_task.depth) {
      std::size_t const deep = std::min(of_task.depth, depth - d);
      for (std::size_t p = first_panel; p < last_panel; ++p) {
        std::size_t const column = p * panel_width, width = std::min(panel_width, n - column);
        float* const panel = packed + (p - first_panel) * panel_size;
        if (op_b == Op::none) {
          pack_columns<panel_width>(b.data.data() + d * b.stride + column, b.stride, deep, width, panel);
        } else {
          pack_rows(b.data.data() + column * b.stride + d, b.stride, deep, width, next, panel);
        }
      }
      for (std::size_t row = first_row; row < last_row; row += tile_rows) {
        std::size_t const height = std::min(tile_rows, last_row - row);
        LeftRows left{a.data.data() + row * a.stride + d, a.stride, turned};
        if (turned) { // eight columns side by side
          pack_columns<tile_rows>(a.data.data() + d * a.stride + row, a.stride, deep, height, columns);
          left.rows = columns;
        }
        for (std::size_t p = first_panel; p < last_panel; ++p) {
          multiply_rows(height, left, packed + (p - first_panel) * panel_size, deep,
                        sums + (row - first_row) * sum_stride + (p - first_panel) * panel_width, sum_stride, d == 0);
        }
      }
    }
    std::size_t const column = first_panel * panel_width, width = std::min(sum_stride, n - column);
    for (std::size_t row = first_row; row < last_row; ++row) {
      float* const to = c.data.data() + row * c.stride + column;
      float const* const sum = sums + (row - first_row) * sum_stride;
      for (std::size_t j = 0; j < width; ++j) {
        to[j] = scaled(alpha, sum[j], beta, to[j]);
      }
    }
  });
}

} // namespace srlm::host
