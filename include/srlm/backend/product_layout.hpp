/// A product of row-major matrices, told in the words of BLAS and its kin, which know columns alone. What is row-major
/// with `stride` floats a row is, read by columns, the transposed matrix with that leading dimension. So C = op(A)
/// op(B) is asked for as C^T = op(B)^T op(A)^T: B goes first, and no number moves. Needs no CUDA.
#pragma once
#include <srlm/concepts/tensor_backend.hpp> // MatrixView, Op
#include <srlm/core/error.hpp>
#include <algorithm> // max
#include <string>

namespace srlm::cuda {

/// Element (r, c) is data[c * leading + r].
template <class Element>
struct ColumnMajor {
  Element* data;
  std::size_t rows, columns, leading;
};

/// result = alpha op(left) op(right) + beta result, where op transposes if `turn` says so; to every column of it, bias
/// [rows] is added where there is one. result [rows, columns], op(left) [rows, depth], op(right) [depth, columns].
/// Factor: float, or a type of 16 bits (kernels/bfloat16.cuh).
template <class Factor>
struct ProductOf {
  float alpha, beta;
  ColumnMajor<Factor const> left, right;
  ColumnMajor<float> result;
  bool turn_left, turn_right;
  std::size_t depth;
  float const* bias;
};
using Product = ProductOf<float>;

/// The same product of other factors, which lie as copies of the old ones would.
template <class Factor>
ProductOf<Factor> with_factors(Product const& p, ColumnMajor<Factor const> left, ColumnMajor<Factor const> right) {
  ProductOf<Factor> other{};
  other.alpha = p.alpha;
  other.beta = p.beta;
  other.left = left;
  other.right = right;
  other.result = p.result;
  other.turn_left = p.turn_left;
  other.turn_right = p.turn_right;
  other.depth = p.depth;
  other.bias = p.bias;
  return other;
}

/// m's memory by columns. A lone row has no next one, so its stride may be anything.
template <class Element, class Matrix>
ColumnMajor<Element> by_columns(Matrix const& m, char const* name) {
  if (m.rows > 1 && m.stride < m.cols) {
    throw Error("matmul, " + std::string(name),
                std::to_string(m.cols) + " columns in rows that are " + std::to_string(m.stride) + " floats apart",
                "rows that do not overlap");
  }
  return {m.data.data(), m.cols, m.rows, std::max({m.stride, m.cols, std::size_t{1}})};
}

/// "A[M, K] ^T".
template <class Matrix>
std::string shape_in_words(char const* name, Matrix const& m, Op op) {
  return std::string(name) + "[" + std::to_string(m.rows) + ", " + std::to_string(m.cols) + "]" +
         (op == Op::transpose ? "^T" : "");
}

/// C = alpha op(A) op(B) + beta C of row-major views, not both transposed.
/// Throws: Error where the shapes do not fit.
template <class Matrix>
Product product_of(float alpha, Matrix const& a, Op op_a, Matrix const& b, Op op_b, float beta, Matrix const& c) {
  bool const turn_a = op_a == Op::transpose, turn_b = op_b == Op::transpose;
  std::size_t const depth = turn_a ? a.rows : a.cols;
  if (c.rows != (turn_a ? a.cols : a.rows) || c.cols != (turn_b ? b.rows : b.cols) ||
      depth != (turn_b ? b.cols : b.rows) || (turn_a && turn_b)) {
    throw Error(
        "matmul",
        shape_in_words("C", c, Op::none) + " = " + shape_in_words("A", a, op_a) + " " + shape_in_words("B", b, op_b),
        "C[M, N] = op(A)[M, K] op(B)[K, N], not both transposed");
  }
  Product p{};
  p.alpha = alpha;
  p.beta = beta;
  p.left = by_columns<float const>(b, "B");
  p.right = by_columns<float const>(a, "A");
  p.result = by_columns<float>(c, "C");
  p.turn_left = turn_b;
  p.turn_right = turn_a;
  p.depth = depth;
  return p;
}

/// As in "C[8, 16] = A[8, 32] B[16, 32]^T": the row-major shapes that it came from.
template <class Factor>
std::string in_words(ProductOf<Factor> const& p) {
  auto const shape = [](char const* name, auto const& m, bool turn) {
    return std::string(name) + "[" + std::to_string(m.columns) + ", " + std::to_string(m.rows) + "]" +
           (turn ? "^T" : "");
  };
  return shape("C", p.result, false) + " = " + shape("A", p.right, p.turn_right) + " " +
         shape("B", p.left, p.turn_left) + (p.beta != 0 ? " + C" : "") + (p.bias != nullptr ? " + bias" : "") +
         (sizeof(Factor) == 2 ? ", in bf16" : "");
}

/// The widest load, in bytes, that an address allows: 4, 8 or 16. Floats of a view may begin anywhere.
inline std::size_t alignment_of(void const* address) {
  auto const at = reinterpret_cast<std::uintptr_t>(address);
  return at % 16 == 0 ? 16 : at % 8 == 0 ? 8 : 4;
}

} // namespace srlm::cuda
