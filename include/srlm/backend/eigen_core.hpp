/// The one place where Eigen enters. Its own threads are off: they would make results depend on the number of threads;
/// we thread outside, over tiles of fixed shape.
#pragma once
#ifndef EIGEN_DONT_PARALLELIZE
#define EIGEN_DONT_PARALLELIZE
#endif
#if defined(__GNUC__) && \
    !defined(__clang__) // g++ 12 takes the undefined inputs of its own AVX-512 intrinsics for a mistake
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <Eigen/Core>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#include <algorithm> // copy_n, fill
#include <cstddef>

namespace srlm::host {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<RowMajor, Eigen::Unaligned, Eigen::OuterStride<>>;

/// A row-major view of rows x cols floats that lie `stride` apart.
inline MatrixMap map(float* data, std::size_t rows, std::size_t cols, std::size_t stride) {
  return {data, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(cols),
          Eigen::OuterStride<>(static_cast<Eigen::Index>(stride))};
}

/// Rows are processed in blocks of this many floats, the last one padded: so the order of a sum depends on the row's
/// length alone, never on its address.
inline constexpr std::size_t block_length = 64;
using Block = Eigen::Array<float, static_cast<int>(block_length), 1>;
using BlockMap = Eigen::Map<Block>;

/// floats [i, min(i + 64, n)) of a row; what is missing is `fill`.
inline Block load_block(float const* row, std::size_t i, std::size_t n, float fill = 0) {
  if (i + block_length <= n) {
    return Eigen::Map<Block const>(row + i);
  }
  Block block = Block::Constant(fill);
  std::copy_n(row + i, n - i, block.data());
  return block;
}

inline void store_block(Block const& block, float* row, std::size_t i, std::size_t n) {
  if (i + block_length <= n) {
    BlockMap(row + i) = block;
  } else {
    std::copy_n(block.data(), n - i, row + i);
  }
}

/// The sum of a block's lanes in a fixed order, in double.
inline double sum_of(Block const& block) {
  double sum = 0;
  for (std::size_t i = 0; i < block_length; ++i) {
    sum += static_cast<double>(block[static_cast<Eigen::Index>(i)]);
  }
  return sum;
}

} // namespace srlm::host
