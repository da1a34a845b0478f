/// The vector code of the host policies against its formulas in double: Eigen's, and Highway's for every instruction
/// set that this program was compiled for and this processor has.
#include "support/catch.hpp"
#include <srlm/backend/eigen_vectors.hpp>
#include <srlm/backend/highway_vectors.hpp>
#include <srlm/testing/tensor_formulas.hpp> // random_numbers
#include <algorithm>
#include <cmath>
#include <functional>

using srlm::host::VectorFunctions;

namespace {

/// A row of n random numbers that begins at no multiple of anything, and numbers behind it that stay.
struct Row {
  std::vector<float> floats;
  std::size_t n;

  Row(std::size_t n, std::uint64_t seed) : floats(srlm::testing::random_numbers(n + 40, seed)), n(n) {}
  float* data() { return floats.data() + 1; }
  double operator[](std::size_t i) const { return static_cast<double>(floats[i + 1]); }
};

using Formula = std::function<double(std::size_t)>;

double sum(std::size_t n, Formula const& term) {
  double total = 0;
  for (std::size_t i = 0; i < n; ++i) {
    total += term(i);
  }
  return total;
}

double off(double is, double expected) { return std::abs(is - expected) / (1 + std::abs(expected)); }

/// How far a row lies from what it should be; huge where something else of it has changed.
double off(Row const& is, Row const& was, Formula const& expected) {
  double worst = 0;
  for (std::size_t i = 0; i < is.n; ++i) {
    double const one = off(is[i], expected(i));
    worst = std::isnan(one) ? HUGE_VAL : std::max(worst, one);
  }
  bool const kept = is.floats[0] == was.floats[0] &&
                    std::equal(is.floats.begin() + static_cast<std::ptrdiff_t>(is.n) + 1, is.floats.end(),
                               was.floats.begin() + static_cast<std::ptrdiff_t>(is.n) + 1);
  return kept ? worst : HUGE_VAL;
}

/// The functions that lie further from their formulas than rounding takes them.
std::string wrong(VectorFunctions const& v) {
  std::string names;
  auto const expect = [&](char const* name, std::size_t n, double error) {
    if (!(error < 2e-6)) {
      names += std::string(name) + " of " + std::to_string(n) + " (" + std::to_string(error) + ") ";
    }
  };
  for (std::size_t const n : std::vector<std::size_t>{0, 1, 3, 7, 8, 15, 16, 17, 63, 64, 65, 200, 1003}) {
    Row x(n, 1), y(n, 2), z(n, 3), to(n, 4), more(n, 5);
    Row const was = to, more_was = more;
    auto const sigmoid = [](double g) { return 1 / (1 + std::exp(-g)); };
    expect("sum_of_squares", n, off(v.sum_of_squares(x.data(), n), sum(n, [&](auto i) { return x[i] * x[i]; })));
    expect("sum_of_products", n,
           off(v.sum_of_products(x.data(), y.data(), n), sum(n, [&](auto i) { return x[i] * y[i]; })));
    expect("sum_of_triples", n,
           off(v.sum_of_triples(x.data(), y.data(), z.data(), n), sum(n, [&](auto i) { return x[i] * y[i] * z[i]; })));
    v.scale_product(0.5f, x.data(), y.data(), to.data(), n);
    expect("scale_product", n, off(to, was, [&](auto i) { return 0.5 * x[i] * y[i]; }));
    to = was;
    v.add_product(-2.0f, x.data(), y.data(), to.data(), n);
    expect("add_product", n, off(to, was, [&](auto i) { return was[i] - 2 * x[i] * y[i]; }));
    to = was;
    v.add(x.data(), to.data(), n);
    expect("add", n, off(to, was, [&](auto i) { return was[i] + x[i]; }));
    to = was;
    v.add_norm_gradient(0.5f, x.data(), y.data(), 0.25f, z.data(), to.data(), n);
    expect("add_norm_gradient", n, off(to, was, [&](auto i) { return was[i] + 0.5 * x[i] * y[i] - 0.25 * z[i]; }));
    to = was;
    v.rotate(to.data(), more.data(), x.data(), y.data(), -1.0f, n);
    expect("rotate", n, off(to, was, [&](auto i) { return was[i] * x[i] + more_was[i] * y[i]; }));
    expect("rotate", n, off(more, more_was, [&](auto i) { return more_was[i] * x[i] - was[i] * y[i]; }));
    for (float& gate : x.floats) {
      gate *= 100; // also where exp overflows
    }
    v.swiglu(x.data(), y.data(), to.data(), n);
    expect("swiglu", n, off(to, was, [&](auto i) { return x[i] * sigmoid(x[i]) * y[i]; }));
    v.swiglu_backward(x.data(), y.data(), z.data(), to.data(), more.data(), n);
    expect("swiglu_backward", n,
           off(to, was, [&](auto i) { return z[i] * y[i] * sigmoid(x[i]) * (1 + x[i] * (1 - sigmoid(x[i]))); }));
    expect("swiglu_backward", n, off(more, more_was, [&](auto i) { return z[i] * x[i] * sigmoid(x[i]); }));
    if (n > 0) {
      float const top = *std::max_element(x.data(), x.data() + n);
      auto const shift = static_cast<double>(top);
      expect("largest", n, off(static_cast<double>(v.largest(x.data(), n)), shift));
      expect("sum_of_exponentials", n,
             off(v.sum_of_exponentials(x.data(), top, n), sum(n, [&](auto i) { return std::exp(x[i] - shift); })));
      to = was;
      double const total = v.exponentials(x.data(), top, 0.1f, -3.0f, to.data(), n);
      auto const expected = [&](auto i) { return -3 * std::exp((x[i] - shift) * static_cast<double>(0.1f)); };
      expect("exponentials", n, off(to, was, expected));
      expect("exponentials' sum", n, off(total, sum(n, expected)));
    }
    to = was;
    v.softmax_backward(y.data(), 0.25f, to.data(), n);
    expect("softmax_backward", n, off(to, was, [&](auto i) { return y[i] * (was[i] - 0.25); }));
    Row value(n, 6), first(n, 7), second(n, 8);
    for (float& v : second.floats) {
      v = std::abs(v);
    }
    Row const value_was = value, first_was = first, second_was = second;
    srlm::AdamWStep const step{
        .rate = 0.1f, .beta1 = 0.9f, .beta2 = 0.95f, .epsilon = 1e-3f, .weight_decay = 0.5f, .scale = 2, .step = 3};
    v.adamw(srlm::adamw_factors(step), value.data(), y.data(), first.data(), second.data(), n);
    expect("adamw's first moment", n, off(first, first_was, [&](auto i) { return 0.9 * first_was[i] + 0.2 * y[i]; }));
    expect("adamw's second moment", n,
           off(second, second_was, [&](auto i) { return 0.95 * second_was[i] + 0.2 * y[i] * y[i]; }));
    expect("adamw", n, off(value, value_was, [&](auto i) {
             double const direction = first[i] / (1 - 0.729) / (std::sqrt(second[i] / (1 - 0.857375)) + 1e-3);
             return 0.95 * value_was[i] - 0.1 * direction;
           }));
  }
  for (std::size_t const depth : std::vector<std::size_t>{1, 8, 16, 20, 64, 80, 128}) {
    constexpr std::size_t page = srlm::page_length, stride = page + 3;
    Row q(4 * depth, 1), keys(page * depth, 2), scores(4 * stride, 3), weights(4 * stride, 5), out(4 * depth, 4);
    Row const was = scores, before = out;
    v.page_scores(q.data(), depth, keys.data(), scores.data(), stride);
    expect("page_scores", depth, off(scores, was, [&](auto i) {
             std::size_t const r = i / stride, j = i % stride;
             return j >= page ? was[i] : sum(depth, [&](auto k) { return q[r * depth + k] * keys[k * page + j]; });
           }));
    for (std::size_t const count : {std::size_t{1}, std::size_t{33}, page}) {
      out = before;
      v.add_weighted_values(weights.data(), stride, keys.data(), count, depth, out.data());
      expect("add_weighted_values", depth, off(out, before, [&](auto i) {
               std::size_t const r = i / depth, c = i % depth;
               return before[i] + sum(count, [&](auto j) { return weights[r * stride + j] * keys[j * depth + c]; });
             }));
    }
  }
  return names;
}

/// exp(-inf) is no more than the smallest number, and what is no number stays none.
bool knows_extremes(VectorFunctions const& v) {
  constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  float x[3] = {0, -infinity, nan};
  double const total = v.exponentials(x, 0, 1, 1, x, 3);
  float y[2] = {nan, 1};
  return x[0] == 1 && x[1] >= 0 && x[1] < 1e-37f && std::isnan(x[2]) && std::isnan(total) &&
         std::isnan(v.sum_of_exponentials(y, 1, 2)) && v.largest(nullptr, 0) == -infinity;
}

} // namespace

TEST_CASE("Eigen's vector code keeps its formulas") {
  CHECK(wrong(srlm::host::eigen_vectors()) == "");
  CHECK(knows_extremes(srlm::host::eigen_vectors()));
}

TEST_CASE("Highway's vector code keeps them on every instruction set of this processor") {
  std::size_t sets = 0;
  for (std::int64_t left = hwy::SupportedTargets() & HWY_TARGETS; left != 0; left &= left - 1) {
    std::int64_t const target = left & -left;
    INFO(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    VectorFunctions const functions = srlm::host::choose_highway_vectors();
    CHECK(wrong(functions) == "");
    CHECK(knows_extremes(functions));
    hwy::SetSupportedTargetsForTest(0);
    ++sets;
  }
#if defined(__x86_64__) && !defined(__AVX2__) // not compiled for one machine
  CHECK(sets >= 2);
#else
  CHECK(sets >= 1);
#endif
}
