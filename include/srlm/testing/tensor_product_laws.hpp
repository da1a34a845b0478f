/// The semantic half of TensorBackend, executed: products.
#pragma once
#include <srlm/testing/placed.hpp>
#include <srlm/testing/tensor_tolerances.hpp>
#include <cmath>
#include <limits>

namespace srlm::testing::detail {

struct ProductShape {
  std::size_t m, n, k;
};

template <TensorBackend B>
void product_law(B& b, ProductShape const& shape, Op op_a, Op op_b, float beta, Findings& findings) {
  auto const [m, n, k] = shape;
  Placed<B> const a(b, op_a == Op::none ? m : k, op_a == Op::none ? k : m, 1, 3),
      c(b, op_b == Op::none ? k : n, op_b == Op::none ? n : k, 2, 5);
  std::vector<float> there = random_numbers(m * (n + 2), 3);
  if (beta == 0 && !there.empty()) { // what was there may be anything
    there[0] = std::numeric_limits<float>::quiet_NaN();
  }
  Placed<B> const out(b, m, n, there, 2), again(b, m, n, there, 2);
  b.matmul(0.5f, a.view(), op_a, c.view(), op_b, beta, out.view());
  Wide const expected =
      formula::matmul(0.5, a.before(), op_a, c.before(), op_b, static_cast<double>(beta), out.before());
  double const permitted = tolerance::product * (1 + std::sqrt(static_cast<double>(k)));
  double const error = tolerance::in_kernels(largest_difference(out.after(), expected), permitted);
  if (beta == 0) {
    findings.expect("matmul: C = alpha op(A) op(B) with beta = 0, whatever was in C", error);
  } else {
    findings.expect("matmul: C = alpha op(A) op(B) + beta C, also with beta = 1 and depth 0", error);
  }
  out.expect_gaps_kept(findings);
  b.matmul(0.5f, a.view(), op_a, c.view(), op_b, beta, again.view());
  findings.expect_true("matmul: the same numbers give the same bits",
                       error >= HUGE_VAL || largest_difference(out.after(), again.after()) == 0);
}

template <TensorBackend B>
void product_laws(B& b, Findings& findings) {
  ProductShape const shapes[] = {{1, 1, 1},      {1, 33, 7},      {2, 31, 5},    {7, 8, 9},
                                 {8, 32, 512},   {9, 65, 513},    {33, 97, 130}, {64, 96, 100},
                                 {130, 200, 97}, {257, 40, 1030}, {0, 5, 3},     {3, 5, 0}};
  for (ProductShape const& shape : shapes) {
    for (float beta : {0.0f, 1.0f, 0.5f}) {
      product_law(b, shape, Op::none, Op::none, beta, findings);
      product_law(b, shape, Op::none, Op::transpose, beta, findings);
      product_law(b, shape, Op::transpose, Op::none, beta, findings);
    }
  }
}

} // namespace srlm::testing::detail
