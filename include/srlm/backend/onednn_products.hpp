/// Matrix products on the host with bf16 factors and f32 sums, by oneDNN. Products are cut into tiles of rows and of
/// columns that do not depend on the number of threads, and a row's sums run over its whole depth in one order: so a
/// row of a product has the same bits whatever other rows there are.
///
/// The right side of A B and A B^T is a weight in all that the library does. It is kept packed until somebody writes
/// where it lies: whoever owns a Bf16Products tells it of every write (written()).
#pragma once
#include <srlm/backend/bf16_kernel.hpp> // convert
#include <srlm/backend/host_matmul.hpp> // scaled
#include <srlm/backend/onednn_tiles.hpp>
#include <srlm/backend/packed_weights.hpp>
#include <srlm/backend/parallel.hpp>
#include <srlm/core/float16.hpp>
#include <algorithm> // fill, min
#include <cstddef>   // max_align_t
#include <memory>
#include <vector>

namespace srlm::onednn {

class Bf16Products {
 public:
  explicit Bf16Products(int threads) : threads_(threads) {}

  /// C = alpha op(A) op(B) + beta C; not both transposed. Shapes are the caller's care.
  template <class B>
  void matmul(float alpha, MatrixView<B> a, Op op_a, MatrixView<B> b, Op op_b, float beta, MatrixView<B> c) {
    if (c.rows == 0 || c.cols == 0) {
      return;
    }
    AloneOnThisThread const alone;
    if (op_a == Op::transpose) {
      over_rows(alpha, a, b, beta, c);
    } else if (a.cols > 0) {
      by_weight(alpha, a, b, op_b, beta, c);
    } else {
      host::scale_rows(beta, c);
    }
  }

  /// Somebody wrote here: what was packed of it is not true any more.
  void written(float const* data, std::size_t n) { weights_.written(data, n); }

  /// Weights that are packed now.
  std::size_t packed() const { return weights_.size(); }

 private:
  static constexpr std::size_t tile_rows = 256, tile_cols = 256, depth_block = 512, depth_step = 32;

  using Pieces = std::vector<dnnl::memory>; ///< of a weight as the right side, one for each tile of columns

  template <class T>
  static T* room(std::vector<T>& kept, std::size_t n) {
    if (kept.size() < n) {
      kept.resize(n);
    }
    return kept.data();
  }

  /// This thread's, at least so many bytes. Which: a call needs its own.
  template <int Which>
  static void* scratch(std::size_t bytes) {
    static thread_local std::vector<std::max_align_t> kept;
    constexpr std::size_t size = sizeof(std::max_align_t), alignment = 64;
    auto const at = reinterpret_cast<std::uintptr_t>(room(kept, (bytes + alignment) / size + 1));
    return reinterpret_cast<void*>((at + alignment - 1) / alignment * alignment);
  }

  /// How many of `whole` the tile from `first` on has.
  static std::size_t part(std::size_t whole, std::size_t first, std::size_t most) {
    return std::min(most, whole - first);
  }
  static std::int64_t dim(std::size_t n) { return static_cast<std::int64_t>(n); }

  /// A [M, K] times a weight that is packed.
  template <class B>
  void by_weight(float alpha, MatrixView<B> a, MatrixView<B> b, Op op_b, float beta, MatrixView<B> c) {
    std::size_t const m = c.rows, k = a.cols;
    Pieces const& weight = weights_.of(b, op_b, [&] { return packed_from(b, op_b); });
    std::uint16_t* const left = room(left_, m * k);
    parallel_ranges(threads_, m, 8, m * k * 2, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        bf16::convert(a.data.data() + r * a.stride, k, alpha, left + r * k);
      }
    });
    run_tiles(
        left, k, true, [&](std::size_t tile) { return weight[tile].get_data_handle(); }, beta, c);
  }

  /// A^T B, both [T, ...]: a sum over rows, in blocks.
  template <class B>
  void over_rows(float alpha, MatrixView<B> a, MatrixView<B> b, float beta, MatrixView<B> c) {
    std::size_t const m = c.rows, n = c.cols;
    if (a.rows == 0) {
      host::scale_rows(beta, c);
    }
    for (std::size_t first = 0; first < a.rows; first += depth_block) {
      std::size_t const rows = part(a.rows, first, depth_block),
                        depth = (rows + depth_step - 1) / depth_step * depth_step; // those that are not there are 0
      std::uint16_t* const left = room(left_, m * depth);
      std::uint16_t* const right = room(right_, depth * n); // one tile of columns after another
      parallel_ranges(threads_, m, 64, m * depth * 4, [&](std::size_t begin, std::size_t end) {
        for (std::size_t t = 0; t < depth; ++t) {
          float const* const from = a.data.data() + (first + t) * a.stride;
          for (std::size_t i = begin; i < end; ++i) {
            left[i * depth + t] = t < rows ? float_to_bfloat16(alpha * from[i]) : std::uint16_t{0};
          }
        }
      });
      parallel_ranges(threads_, n, tile_cols, n * depth * 2, [&](std::size_t begin, std::size_t end) {
        std::size_t const width = end - begin;
        std::uint16_t* const tile = right + begin * depth;
        for (std::size_t t = 0; t < rows; ++t) {
          bf16::convert(b.data.data() + (first + t) * b.stride + begin, width, 1.0f, tile + t * width);
        }
        std::fill(tile + rows * width, tile + depth * width, std::uint16_t{0});
      });
      run_tiles(
          left, depth, false, [&](std::size_t tile) { return right + tile * tile_cols * depth; },
          first == 0 ? beta : 1.0f, c);
    }
  }

  /// C = beta C + left [M, K] right, tile by tile. right(tile): the columns of a tile, packed or as rows without gaps.
  template <class B, class Right>
  void run_tiles(std::uint16_t const* left, std::size_t k, bool packed, Right const& right, float beta,
                 MatrixView<B> c) {
    std::size_t const m = c.rows, n = c.cols;
    std::size_t const down = (m + tile_rows - 1) / tile_rows, across = (n + tile_cols - 1) / tile_cols;
    std::size_t const heights[] = {part(m, 0, tile_rows), part(m, (down - 1) * tile_rows, tile_rows)},
                      widths[] = {part(n, 0, tile_cols), part(n, (across - 1) * tile_cols, tile_cols)};
    TileProduct const* kinds[2][2]; // whole tiles and the last ones
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) {
        kinds[i][j] = &products_->of({dim(heights[i]), dim(widths[j]), dim(k), packed ? 0 : dim(widths[j])});
      }
    }
    parallel_for(threads_, down * across, 2 * m * n * k, [&](std::size_t task) {
      AloneOnThisThread const alone;
      std::size_t const tile = task / down, row = task % down * tile_rows, col = tile * tile_cols;
      bool const lowest = row + tile_rows >= m, last = tile + 1 == across;
      std::size_t const height = heights[lowest], width = widths[last];
      TileProduct const& product = *kinds[lowest][last];
      auto* const sums = static_cast<float*>(scratch<0>(height * width * sizeof(float)));
      product.run(left + row * k, right(tile), sums, scratch<1>(product.scratch_bytes()));
      for (std::size_t r = 0; r < height; ++r) {
        float* const to = c.data.data() + (row + r) * c.stride + col;
        for (std::size_t j = 0; j < width; ++j) {
          to[j] = host::scaled(1, sums[r * width + j], beta, to[j]);
        }
      }
    });
  }

  /// B or B^T.
  template <class B>
  Pieces packed_from(MatrixView<B> const& b, Op op) {
    std::size_t const n = op == Op::none ? b.cols : b.rows, k = op == Op::none ? b.rows : b.cols,
                      across = (n + tile_cols - 1) / tile_cols;
    Pieces made;
    for (std::size_t tile = 0; tile < across; ++tile) {
      made.emplace_back(packed_layout(dim(part(n, tile * tile_cols, tile_cols)), dim(k)), engine());
    }
    std::uint16_t* const plain = room(right_, b.rows * b.cols); // as it lies, without the gaps
    parallel_ranges(threads_, b.rows, 8, b.rows * b.cols * 2, [&](std::size_t begin, std::size_t end) {
      for (std::size_t r = begin; r < end; ++r) {
        bf16::convert(b.data.data() + r * b.stride, b.cols, 1.0f, plain + r * b.cols);
      }
    });
    parallel_for(threads_, across, b.rows * b.cols * 4, [&](std::size_t tile) {
      AloneOnThisThread const alone;
      std::size_t const col = tile * tile_cols;
      auto const width = dim(part(n, col, tile_cols)), stride = dim(b.cols);
      dnnl::memory::desc const layout({dim(k), width}, detail::Type::bf16,
                                      op == Op::none ? dnnl::memory::dims{stride, 1} : dnnl::memory::dims{1, stride});
      dnnl::memory from(layout, engine(), plain + (op == Op::none ? col : col * b.cols));
      dnnl::reorder(from, made[tile]).execute(stream(), from, made[tile]);
      stream().wait();
    });
    return made;
  }

  int threads_;
  std::unique_ptr<TileProducts> products_ = std::make_unique<TileProducts>();
  host::PackedWeights<Pieces> weights_;
  std::vector<std::uint16_t> left_, right_;
};

} // namespace srlm::onednn
