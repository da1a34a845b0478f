/// Products with a bias, of odd shapes and of views.
#pragma once
#include <srlm/testing/placed.hpp>
#include <algorithm> // max
#include <cmath>

/// How far rows of A B^T + x lie from what they are, for a product and for one without a depth; huge where a gap
/// between rows was written. rounded(x): what a product takes x for.
template <class B, class Rounded>
double worst_bias(B& b, Rounded const& rounded) {
  using srlm::Op;
  using srlm::testing::Placed;
  double worst = 0;
  for (std::size_t const depth : {std::size_t{5}, std::size_t{0}}) {
    Placed<B> const x(b, 3, depth, 1, 2), w(b, 7, depth, 2, 1), bias(b, 1, 7, 3), y(b, 3, 7, 4, 2);
    srlm::matmul_add_to_rows(b, x.view(), Op::none, w.view(), Op::transpose, bias.numbers(), y.view());
    auto const before = x.before(), weight = w.before(), added = bias.before(), is = y.after();
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 7; ++c) {
        double expected = added(0, c);
        for (std::size_t k = 0; k < depth; ++k) {
          expected += rounded(before(r, k)) * rounded(weight(c, k));
        }
        worst = std::max(worst, std::abs(expected - is(r, c)));
      }
    }
    srlm::testing::Findings gaps(1.0);
    y.expect_gaps_kept(gaps);
    worst = std::move(gaps).take().empty() ? worst : HUGE_VAL;
  }
  return worst;
}
template <class B>
double worst_bias(B& b) {
  return worst_bias(b, [](double x) { return x; });
}
