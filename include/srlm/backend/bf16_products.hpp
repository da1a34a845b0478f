/// Matrix products on the host with bf16 factors and f32 sums, by the processor's own instruction (bf16_kernel.hpp). A
/// row's sums run over its whole depth in one order: so a row of a product has the same bits whatever other rows there
/// are, and on however many threads.
///
/// The right side of A B and A B^T is a weight in all that the library does. It is kept packed until somebody writes
/// where it lies: whoever owns a Products tells it of every write (written()).
#pragma once
#include <srlm/backend/bf16_kernel.hpp>
#include <srlm/backend/host_matmul.hpp> // scaled
#include <srlm/backend/host_memory.hpp>
#include <srlm/backend/packed_weights.hpp>
#include <srlm/backend/parallel.hpp>
#include <algorithm> // clamp, max, min
#include <memory>
#include <vector>

namespace srlm::bf16 {

/// The n columns of a weight as panels, the last ones narrower where threads would else get different numbers of them:
/// with few rows, reading a weight takes the time.
class Panels {
 public:
  Panels(std::size_t n, std::size_t threads)
      : n_(n), whole_(n / panel_columns / threads * threads), rest_((n - whole_ * panel_columns + half - 1) / half) {}

  std::size_t count() const { return whole_ + rest_; }
  std::size_t first(std::size_t i) const {
    return i < whole_ ? i * panel_columns : whole_ * panel_columns + (i - whole_) * half;
  }
  std::size_t width(std::size_t i) const { return std::min(i < whole_ ? panel_columns : half, n_ - first(i)); }

 private:
  static constexpr std::size_t half = panel_columns / 2;
  std::size_t n_, whole_, rest_;
};

class Products {
 public:
  Products(int threads, std::shared_ptr<HostPool> pool) : threads_(threads), pool_(std::move(pool)) {}

  /// C = alpha op(A) op(B) + beta C; not both transposed. Shapes are the caller's care.
  template <class B>
  void matmul(float alpha, MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b, float beta, MatrixView<B> c) {
    if (c.rows == 0 || c.cols == 0) {
      return;
    }
    std::size_t const depth = op_a == Op::none ? a.cols : a.rows;
    if (depth == 0 || (beta != 0.0f && beta != 1.0f)) {
      host::scale_rows(beta, c);
      beta = 1.0f;
    }
    if (depth > 0 && op_a == Op::none) {
      by_weight(alpha, a, b, op_b, beta != 0.0f, c);
    } else if (depth > 0) {
      over_rows(alpha, a, b, beta != 0.0f, c);
    }
  }

  /// Somebody wrote here: what was packed of it is not true any more.
  void written(float const* data, std::size_t n) { weights_.written(data, n); }

  /// Weights that are packed now.
  std::size_t packed() const { return weights_.size(); }

 private:
  /// Rows that are worked on together: with a depth of 576 they fill less than half of a second-level cache.
  static constexpr std::size_t tile_rows = 192;
  static constexpr std::size_t packed_together = 64;            ///< rows, by one thread: whole tiles of the left side
  static constexpr std::size_t far_sums = std::size_t{1} << 22; ///< more of them lie in memory, not in a cache

  static Bits* room(LineVector<Bits>& kept, std::size_t n) {
    if (kept.size() < n) {
      kept.resize(n);
    }
    return kept.data();
  }

  /// A [M, K] times a weight that is packed.
  template <class B>
  void by_weight(float alpha, MatrixView<B> a, MatrixView<B> b, Op op_b, bool add, MatrixView<B> c) {
    std::size_t const m = c.rows, n = c.cols, k = a.cols, pairs = pairs_of(k), left_row = 2 * row_pairs(k);
    Panels const panels(n, static_cast<std::size_t>(threads_));
    Bits const* const right = weights_.of(b, op_b, [&] { return packed_from(b, op_b); }).span().data();
    Bits* const left = room(left_, m * left_row);
    parallel_ranges(threads_, m, 8, m * k * 2, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        left[r * left_row + 2 * pairs - 1] = 0; // of an odd depth
        convert(a.data.data() + r * a.stride, k, alpha, left + r * left_row);
      }
    });
    std::size_t const down = (m + tile_rows - 1) / tile_rows, at_once = down > 1 ? 4 : 1,
                      across = (panels.count() + at_once - 1) / at_once,
                      step = down > 1 ? 1 : static_cast<std::size_t>(threads_); // to the panel that likely comes next
    Sums const sums = add ? Sums::add : m * n > far_sums ? Sums::set_far : Sums::set;
    parallel_for(threads_, down * across, 2 * m * n * k, [&](std::size_t task) {
      std::size_t const row = task % down * tile_rows, rows = std::min(tile_rows, m - row),
                        first = task / down * at_once;
      for (std::size_t panel = first; panel < std::min(panels.count(), first + at_once); ++panel) {
        std::size_t const col = panels.first(panel), next = panel + step;
        multiply(rows, pairs, {left + row * left_row, left_row, 2}, right + col * 2 * pairs, panels.width(panel), sums,
                 c.data.data() + row * c.stride + col, c.stride,
                 next < panels.count() ? right + panels.first(next) * 2 * pairs : nullptr);
      }
    });
  }

  /// A^T B, both [T, ...]: a sum over rows, in blocks.
  template <class B>
  void over_rows(float alpha, MatrixView<B> a, MatrixView<B> b, bool add, MatrixView<B> c) {
    // columns of A that are packed together: whole blocks of the kernel, twice 32 rows of tiles or eight times six;
    // and of how many rows: processors with tiles have larger caches, and wait for C more than for A and B
    std::size_t const left_columns = has_matrix_tiles() ? 64 : 48, depth_block = has_matrix_tiles() ? 2048 : 512;
    std::size_t const m = c.rows, n = c.cols, down = (m + left_columns - 1) / left_columns;
    Panels const panels(n, 1);
    std::size_t const across = panels.count();
    auto const height = [&](std::size_t i) { return std::min(left_columns, m - i * left_columns); };
    bool const row_by_row = m * n > far_sums;
    for (std::size_t first = 0; first < a.rows; first += depth_block) {
      std::size_t const depth = std::min(depth_block, a.rows - first), pairs = pairs_of(depth);
      Bits *const left = room(left_, left_size(depth, m)), *const right = room(right_, packed_size(depth, n));
      auto const rows = rows_of(a, first, depth), of_right = rows_of(b, first, depth);
      parallel_ranges(threads_, depth, packed_together, (m + n) * depth * 4, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = 0; i < down; ++i) {
          std::size_t const col = i * left_columns;
          pack_left(rows.data.data() + col, rows.stride, begin, end - begin, depth, height(i), alpha,
                    left + col * 2 * row_pairs(depth));
        }
        pack_right(of_right, begin, end, panels, right);
      });
      Sums const sums = add || first > 0 ? Sums::add : Sums::set;
      parallel_for(threads_, down * across, 2 * m * n * depth, [&](std::size_t task) {
        std::size_t const i = row_by_row ? task / across : task % down, j = row_by_row ? task % across : task / down,
                          row = i * left_columns, col = panels.first(j);
        multiply(height(i), pairs, left_side(left + row * 2 * row_pairs(depth), depth, height(i)),
                 right + col * 2 * pairs, panels.width(j), sums, c.data.data() + row * c.stride + col, c.stride);
      });
    }
  }

  /// B or B^T.
  template <class B>
  HostBuffer<Bits> packed_from(MatrixView<B> const& b, Op op) {
    std::size_t const n = op == Op::none ? b.cols : b.rows, k = op == Op::none ? b.rows : b.cols;
    HostBuffer<Bits> packed(pool_, packed_size(k, n));
    Panels const panels(n, static_cast<std::size_t>(threads_));
    if (op == Op::none) {
      parallel_ranges(threads_, k, packed_together, 4 * n * k, [&](std::size_t begin, std::size_t end) {
        pack_right(b, begin, end, panels, packed.span().data());
      });
    } else {
      parallel_for(threads_, panels.count(), 4 * n * k, [&](std::size_t panel) {
        std::size_t const col = panels.first(panel);
        pack_columns(b.data.data() + col * b.stride, b.stride, k, panels.width(panel),
                     packed.span().data() + col * 2 * pairs_of(k));
      });
    }
    return packed;
  }

  /// Rows [begin, end) of B in all panels, a few at a time, as they lie in memory. begin is even.
  template <class B>
  static void pack_right(MatrixView<B> const& b, std::size_t begin, std::size_t end, Panels const& panels, Bits* to) {
    constexpr std::size_t at_once = 8;
    for (std::size_t r = begin; r < end; r += at_once) {
      for (std::size_t i = 0; i < panels.count(); ++i) {
        std::size_t const col = panels.first(i), width = panels.width(i);
        pack_rows(b.data.data() + r * b.stride + col, b.stride, std::min(at_once, end - r), width, 1.0f,
                  to + col * 2 * pairs_of(b.rows) + r * padded_columns(width));
      }
    }
  }

  int threads_;
  std::shared_ptr<HostPool> pool_;
  host::PackedWeights<HostBuffer<Bits>> weights_;
  LineVector<Bits> left_, right_;
};

} // namespace srlm::bf16
