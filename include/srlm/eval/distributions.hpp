/// The distributions that tests and intervals read: normal, Student's t, binomial.
#pragma once
#include <srlm/core/error.hpp>
#include <algorithm> // min
#include <cmath>
#include <cstddef>

namespace srlm {

/// The x at which a rising function reaches y, between two ends, to rounding.
template <class F>
double where_reached(F const& f, double y, double low, double high) {
  for (int i = 0; i < 200 && low < high; ++i) {
    double const middle = low + (high - low) / 2;
    (f(middle) < y ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

/// P(X <= x) of the standard normal distribution.
inline double normal_below(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

/// The x with normal_below(x) = p, 0 < p < 1.
inline double normal_quantile(double p) { return where_reached(normal_below, p, -40, 40); }

/// The regularised incomplete beta function I_x(a, b), 0 <= x <= 1, a and b above 0: by its continued fraction (Lentz's
/// method), on the side where that converges fast.
inline double incomplete_beta(double x, double a, double b) {
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  if (x > (a + 1) / (a + b + 2)) {
    return 1 - incomplete_beta(1 - x, b, a);
  }
  double constexpr tiny = 1e-300;
  auto const not_zero = [](double y) { return std::abs(y) < tiny ? tiny : y; };
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1)), c = 1, fraction = d;
  for (int m = 1; m < 1000; ++m) {
    double const k = m;
    double const even = k * (b - k) * x / ((a + 2 * k - 1) * (a + 2 * k));
    double const odd = -(a + k) * (a + b + k) * x / ((a + 2 * k) * (a + 2 * k + 1));
    double change = 1;
    for (double const term : {even, odd}) {
      d = 1 / not_zero(1 + term * d);
      c = not_zero(1 + term / c);
      change = d * c;
      fraction *= change;
    }
    if (std::abs(change - 1) < 1e-16) {
      break;
    }
  }
  double const front =
      std::exp(a * std::log(x) + b * std::log1p(-x) + std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b));
  return front * fraction / a;
}

/// P(T <= t) of Student's distribution: from its middle where t is small, from its tail where that is.
inline double student_below(double t, double degrees) {
  double const tt = t * t;
  if (tt < degrees) {
    double const from_middle = incomplete_beta(tt / (degrees + tt), 0.5, degrees / 2) / 2;
    return t > 0 ? 0.5 + from_middle : 0.5 - from_middle;
  }
  double const tail = incomplete_beta(degrees / (degrees + tt), degrees / 2, 0.5) / 2;
  return t > 0 ? 1 - tail : tail;
}

/// The t with student_below(t, degrees) = p, 0 < p < 1.
inline double student_quantile(double p, double degrees) {
  return where_reached([&](double t) { return student_below(t, degrees); }, p, -1e9, 1e9);
}

/// P(X <= k) of n draws of which each is a success with probability 1/2.
inline double fair_binomial_below(std::size_t k, std::size_t n) {
  return k >= n ? 1 : incomplete_beta(0.5, static_cast<double>(n - k), static_cast<double>(k) + 1);
}

} // namespace srlm
