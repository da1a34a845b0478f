/// Every tensor policy's products and the head's end (log softmax, sampling) against plain loops in double, and its
/// promises about bits.
#include "formulas.hpp"
#include "support/backends.hpp"
#include "support/catch.hpp"
#include "support/tolerances.hpp"
#include <limits>

using namespace srlm;
using formulas::Host;

namespace {

template <class B>
double worst_product_error(B& backend, std::size_t m, std::size_t n, std::size_t k, Op op_a, Op op_b, float beta) {
  Host a(op_a == Op::none ? m : k, op_a == Op::none ? k : m, 1, 3);
  Host b(op_b == Op::none ? k : n, op_b == Op::none ? n : k, 2, 5);
  Host c(m, n, 3, 2);
  Host const before = c;
  backend.matmul(0.5f, a.view<B>(), op_a, b.view<B>(), op_b, beta, c.view<B>());
  double worst = 0;
  for (std::size_t i = 0; i < m; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      double sum = 0;
      for (std::size_t d = 0; d < k; ++d) {
        sum += (op_a == Op::none ? a.at(i, d) : a.at(d, i)) * (op_b == Op::none ? b.at(d, j) : b.at(j, d));
      }
      double const expected = 0.5 * sum + static_cast<double>(beta) * before.at(i, j);
      worst = std::max(worst, std::abs(c.at(i, j) - expected) / (1 + std::sqrt(static_cast<double>(k))));
    }
  }
  return c.same_gaps(before) ? worst : 1.0;
}

} // namespace

TEMPLATE_LIST_TEST_CASE("products of odd shapes are those of a plain loop in double", "", Backends) {
  TestType backend(2);
  std::size_t const shapes[][3] = {{1, 1, 1},    {1, 33, 7},    {2, 31, 5},    {7, 8, 9},      {8, 32, 512},
                                   {9, 65, 513}, {33, 97, 130}, {64, 96, 100}, {130, 200, 97}, {257, 40, 1030}};
  for (auto const& [m, n, k] : shapes) {
    for (float beta : {0.0f, 1.0f, 0.5f}) {
      INFO(m << " x " << n << " x " << k << ", beta " << beta);
      CHECK(worst_product_error(backend, m, n, k, Op::none, Op::none, beta) < tolerance::product);
      CHECK(worst_product_error(backend, m, n, k, Op::none, Op::transpose, beta) < tolerance::product);
      CHECK(worst_product_error(backend, m, n, k, Op::transpose, Op::none, beta) < tolerance::product);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("matrices that do not fit, or are both transposed, are refused", "", Backends) {
  TestType backend(1);
  Host a(3, 4, 1), b(4, 5, 2), c(3, 5, 3), square(4, 4, 4);
  auto const product = [&](Host& x, Op op_x, Host& y, Op op_y, Host& z) {
    backend.matmul(1, x.view<TestType>(), op_x, y.view<TestType>(), op_y, 0, z.view<TestType>());
  };
  CHECK_NOTHROW(product(a, Op::none, b, Op::none, c));
  CHECK_THROWS_AS(product(a, Op::transpose, b, Op::none, c), Error);
  CHECK_THROWS_AS(product(a, Op::none, b, Op::transpose, c), Error);
  CHECK_THROWS_AS(product(a, Op::none, b, Op::none, square), Error);
  CHECK_THROWS_AS(product(square, Op::transpose, square, Op::transpose, square), Error);
}

TEMPLATE_LIST_TEST_CASE("an empty depth leaves beta times what was there", "", Backends) {
  TestType backend(1);
  Host a(0, 3, 1), b(0, 5, 2), c(3, 5, 3);
  Host const before = c;
  backend.matmul(1, a.view<TestType>(), Op::transpose, b.view<TestType>(), Op::none, 1, c.view<TestType>());
  CHECK(c.data == before.data);
  std::fill(c.data.begin(), c.data.end(), std::numeric_limits<float>::quiet_NaN());
  backend.matmul(1, a.view<TestType>(), Op::transpose, b.view<TestType>(), Op::none, 0, c.view<TestType>());
  CHECK(std::all_of(c.data.begin(), c.data.end(), [](float x) { return x == 0; }));
}

TEMPLATE_LIST_TEST_CASE("a row of a product has the same bits whatever other rows there are, on one thread or two", "",
                        Backends) {
  TestType one(1), two(2);
  for (std::size_t n : {12u, 96u, 300u, 1024u}) {
    Host a(70, 700, 1), weights(n, 700, 2), turned(700, n, 4);
    Host all(70, n, 3), single(1, n, 3), some(5, n, 3);
    for (Op op : {Op::transpose, Op::none}) {
      MatrixView<TestType> const b =
          op == Op::transpose ? weights.template view<TestType>() : turned.template view<TestType>();
      two.matmul(1, a.template view<TestType>(), Op::none, b, op, 0, all.template view<TestType>());
      for (std::size_t r : {0u, 13u, 69u}) {
        one.matmul(1, rows_of(a.template view<TestType>(), r, 1), Op::none, b, op, 0, single.template view<TestType>());
        CHECK(
            std::equal(single.data.begin(), single.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(r * n)));
      }
      one.matmul(1, rows_of(a.template view<TestType>(), 60, 5), Op::none, b, op, 0, some.template view<TestType>());
      CHECK(std::equal(some.data.begin(), some.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(60 * n)));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("P5: log-probabilities over 128,000 tokens agree with a sum in double", "", Backends) {
  TestType backend(2);
  Host logits(3, 128000, 7);
  for (float& x : logits.data) {
    x *= 20;
  }
  std::vector<std::int32_t> targets = {0, 64321, 127999};
  std::vector<float> log_sum(3), log_prob(3);
  backend.log_probs(logits.template view<TestType>(), targets, log_sum, log_prob);
  for (std::size_t r = 0; r < 3; ++r) {
    double sum = 0;
    for (std::size_t v = 0; v < 128000; ++v) {
      sum += std::exp(logits.at(r, v));
    }
    double const expected = logits.at(r, static_cast<std::size_t>(targets[r])) - std::log(sum);
    CHECK(std::abs(static_cast<double>(log_prob[r]) - expected) < tolerance::log_prob);
  }
}

TEMPLATE_LIST_TEST_CASE("the gradient of log p is weight times one-hot minus softmax", "", Backends) {
  TestType backend(1);
  Host logits(2, 70, 7);
  Host const before = logits;
  std::vector<std::int32_t> targets = {3, 69};
  std::vector<float> log_sum(2), log_prob(2), weight = {2.0f, -0.5f};
  backend.log_probs(logits.template view<TestType>(), targets, log_sum, log_prob);
  backend.log_probs_backward(logits.template view<TestType>(), targets, log_sum, weight);
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t v = 0; v < 70; ++v) {
      double const p = std::exp(before.at(r, v) - static_cast<double>(log_sum[r]));
      double const hot = static_cast<std::int32_t>(v) == targets[r] ? 1 : 0;
      CHECK(std::abs(logits.at(r, v) - static_cast<double>(weight[r]) * (hot - p)) < tolerance::kernel);
    }
  }
}

TEMPLATE_LIST_TEST_CASE("temperature 0 takes the most likely token, and logits that are not numbers are an error", "",
                        Backends) {
  TestType backend(1);
  Host logits(1, 100, 7);
  logits.data[42] = 5;
  Seed const seeds[] = {{1}};
  CHECK(backend.sample(logits.template view<TestType>(), seeds, {0.0f, 1.0f, 1}) == Tokens{42});
  logits.data[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(backend.sample(logits.template view<TestType>(), seeds, {0.7f, 0.9f, 1}),
                    Catch::Matchers::ContainsSubstring("not finite"));
}

TEMPLATE_LIST_TEST_CASE("sampling keeps to the nucleus and to its probabilities", "", Backends) {
  TestType backend(1);
  Host logits(1, 6, 7);
  float const p[] = {0.4f, 0.05f, 0.3f, 0.05f, 0.15f, 0.05f}; // the nucleus of 0.8: tokens 0, 2, 4
  for (std::size_t i = 0; i < 6; ++i) {
    logits.data[i] = std::log(p[i]);
  }
  std::vector<double> share(6);
  int const draws = 20000;
  for (int i = 0; i < draws; ++i) {
    Seed const seeds[] = {Seed{11}.fork(static_cast<std::uint64_t>(i))};
    share[static_cast<std::size_t>(backend.sample(logits.template view<TestType>(), seeds, {1.0f, 0.8f, 1})[0])] +=
        1.0 / draws;
  }
  CHECK(std::abs(share[0] - 0.4 / 0.85) < 0.015);
  CHECK(std::abs(share[2] - 0.3 / 0.85) < 0.015);
  CHECK(std::abs(share[4] - 0.15 / 0.85) < 0.015);
  CHECK(share[1] + share[3] + share[5] == 0);
}

TEMPLATE_LIST_TEST_CASE("a temperature too small to divide by is greedy", "", Backends) {
  TestType backend(1);
  Host logits(1, 300, 4);
  std::vector<Seed> const seeds = {Seed{1}};
  auto const greedy = backend.sample(logits.template view<TestType>(), seeds, {0.0f, 1.0f, 1});
  CHECK(backend.sample(logits.template view<TestType>(), seeds, {1e-42f, 1.0f, 1}) == greedy);
}
