/// The host tensor policy against plain loops in double, and its promises about bits.
#include "support/catch.hpp"
#include <srlm/backend/eigen.hpp>
#include <cmath>
#include <limits>
#include <set>

using namespace srlm;

namespace {

using Matrix = EigenBackend::Matrix;

/// rows x cols random numbers, `gap` unused floats after each row.
struct Host {
  std::vector<float> data;
  std::size_t rows, cols, stride;

  Host(std::size_t r, std::size_t c, std::uint64_t seed, std::size_t gap = 0)
      : data(r * (c + gap)), rows(r), cols(c), stride(c + gap) {
    for (std::size_t i = 0; i < data.size(); ++i) {
      data[i] = static_cast<float>(2 * Seed{seed}.uniform(i) - 1);
    }
  }
  Matrix view() { return {data, rows, cols, stride}; }
  double at(std::size_t r, std::size_t c) const { return static_cast<double>(data[r * stride + c]); }
};

double worst_product_error(EigenBackend& backend, std::size_t m, std::size_t n, std::size_t k, Op op_a, Op op_b,
                           float beta) {
  Host a(op_a == Op::none ? m : k, op_a == Op::none ? k : m, 1, 3);
  Host b(op_b == Op::none ? k : n, op_b == Op::none ? n : k, 2, 5);
  Host c(m, n, 3, 2);
  Host const before = c;
  backend.matmul(0.5f, a.view(), op_a, b.view(), op_b, beta, c.view());
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
  for (std::size_t i = 0; i < m; ++i) { // nothing beside the matrix was touched
    for (std::size_t j = n; j < c.stride; ++j) {
      worst = std::max(worst, c.data[i * c.stride + j] == before.data[i * c.stride + j] ? 0.0 : 1.0);
    }
  }
  return worst;
}

} // namespace

TEST_CASE("products of odd shapes are those of a plain loop in double") {
  EigenBackend backend(2);
  std::size_t const shapes[][3] = {{1, 1, 1},    {1, 33, 7},    {2, 31, 5},    {7, 8, 9},      {8, 32, 512},
                                   {9, 65, 513}, {33, 97, 130}, {64, 96, 100}, {130, 200, 97}, {257, 40, 1030}};
  for (auto const& [m, n, k] : shapes) {
    for (float beta : {0.0f, 1.0f, 0.5f}) {
      INFO(m << " x " << n << " x " << k << ", beta " << beta);
      CHECK(worst_product_error(backend, m, n, k, Op::none, Op::none, beta) < 1e-6);
      CHECK(worst_product_error(backend, m, n, k, Op::none, Op::transpose, beta) < 1e-6);
      CHECK(worst_product_error(backend, m, n, k, Op::transpose, Op::none, beta) < 1e-6);
    }
  }
}

TEST_CASE("a row of a product has the same bits whatever other rows there are, on one thread or two") {
  EigenBackend one(1), two(2);
  for (std::size_t n : {12u, 96u, 300u, 1024u}) {
    Host a(70, 700, 1), weights(n, 700, 2), turned(700, n, 4);
    Host all(70, n, 3), single(1, n, 3), some(5, n, 3);
    for (Op op : {Op::transpose, Op::none}) {
      Matrix const b = op == Op::transpose ? weights.view() : turned.view();
      two.matmul(1, a.view(), Op::none, b, op, 0, all.view());
      for (std::size_t r : {0u, 13u, 69u}) {
        one.matmul(1, rows_of(a.view(), r, 1), Op::none, b, op, 0, single.view());
        CHECK(
            std::equal(single.data.begin(), single.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(r * n)));
      }
      one.matmul(1, rows_of(a.view(), 60, 5), Op::none, b, op, 0, some.view());
      CHECK(std::equal(some.data.begin(), some.data.end(), all.data.begin() + static_cast<std::ptrdiff_t>(60 * n)));
    }
  }
}

TEST_CASE("P5: log-probabilities over 128,000 tokens agree with a sum in double") {
  EigenBackend backend(2);
  Host logits(3, 128000, 7);
  for (float& x : logits.data) {
    x *= 20;
  }
  std::vector<std::int32_t> targets = {0, 64321, 127999};
  std::vector<float> log_sum(3), log_prob(3);
  backend.log_probs(logits.view(), targets, log_sum, log_prob);
  for (std::size_t r = 0; r < 3; ++r) {
    double sum = 0;
    for (std::size_t v = 0; v < 128000; ++v) {
      sum += std::exp(logits.at(r, v));
    }
    double const expected = logits.at(r, static_cast<std::size_t>(targets[r])) - std::log(sum);
    CHECK(std::abs(static_cast<double>(log_prob[r]) - expected) < 1e-5);
  }
}

TEST_CASE("the gradient of log p is weight times one-hot minus softmax") {
  EigenBackend backend(1);
  Host logits(2, 70, 7);
  Host const before = logits;
  std::vector<std::int32_t> targets = {3, 69};
  std::vector<float> log_sum(2), log_prob(2), weight = {2.0f, -0.5f};
  backend.log_probs(logits.view(), targets, log_sum, log_prob);
  backend.log_probs_backward(logits.view(), targets, log_sum, weight);
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t v = 0; v < 70; ++v) {
      double const p = std::exp(before.at(r, v) - static_cast<double>(log_sum[r]));
      double const hot = static_cast<std::int32_t>(v) == targets[r] ? 1 : 0;
      CHECK(std::abs(logits.at(r, v) - static_cast<double>(weight[r]) * (hot - p)) < 1e-6);
    }
  }
}

TEST_CASE("temperature 0 takes the most likely token, and logits that are not numbers are an error") {
  EigenBackend backend(1);
  Host logits(1, 100, 7);
  logits.data[42] = 5;
  Seed const seeds[] = {{1}};
  CHECK(backend.sample(logits.view(), seeds, {0.0f, 1.0f, 1}) == Tokens{42});
  logits.data[7] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_WITH(backend.sample(logits.view(), seeds, {0.7f, 0.9f, 1}),
                    Catch::Matchers::ContainsSubstring("not finite"));
}

TEST_CASE("sampling keeps to the nucleus and to its probabilities") {
  EigenBackend backend(1);
  Host logits(1, 6, 7);
  float const p[] = {0.4f, 0.05f, 0.3f, 0.05f, 0.15f, 0.05f}; // the nucleus of 0.8: tokens 0, 2, 4
  for (std::size_t i = 0; i < 6; ++i) {
    logits.data[i] = std::log(p[i]);
  }
  std::vector<double> share(6);
  int const draws = 20000;
  for (int i = 0; i < draws; ++i) {
    Seed const seeds[] = {Seed{11}.fork(static_cast<std::uint64_t>(i))};
    share[static_cast<std::size_t>(backend.sample(logits.view(), seeds, {1.0f, 0.8f, 1})[0])] += 1.0 / draws;
  }
  CHECK(std::abs(share[0] - 0.4 / 0.85) < 0.015);
  CHECK(std::abs(share[2] - 0.3 / 0.85) < 0.015);
  CHECK(std::abs(share[4] - 0.15 / 0.85) < 0.015);
  CHECK(share[1] + share[3] + share[5] == 0);
}

TEST_CASE("every task of a parallel loop runs once, nested loops too, and what a task throws arrives") {
  std::vector<int> seen(1000);
  parallel_for(4, seen.size(), least_parallel_work,
               [&](std::size_t i) { parallel_for(4, 3, least_parallel_work, [&](std::size_t) { ++seen[i]; }); });
  CHECK(seen == std::vector<int>(1000, 3));
  CHECK_THROWS_WITH(parallel_for(4, 100, least_parallel_work,
                                 [](std::size_t i) {
                                   if (i == 57) {
                                     throw Error("task 57");
                                   }
                                 }),
                    "task 57");
  for (int round = 0; round < 2000; ++round) { // jobs in quick succession
    std::atomic<int> sum{0};
    parallel_for(3, 5, least_parallel_work, [&](std::size_t i) { sum += static_cast<int>(i); });
    REQUIRE(sum == 10);
  }
}

TEST_CASE("memory for steps of ever different sizes stays within a quarter of the most that was in use") {
  auto const pool = std::make_shared<HostPool>();
  std::size_t most = 0;
  for (std::uint64_t step = 0; step < 200; ++step) {
    std::vector<HostBuffer<float>> held;
    std::size_t used = 0;
    for (std::uint64_t i = 0; i < 12; ++i) {
      held.emplace_back(pool, 1 + Seed{step}.below(3'000'000, i));
      used += held.back().size() * sizeof(float) * 5 / 4 + (std::size_t{1} << 20);
    }
    most = std::max(most, used);
    held.clear();
    CHECK(pool->kept() <= most + most / 4);
  }
  CHECK(pool->kept() > 0);
  pool->release();
  CHECK(pool->kept() == 0);
}

TEST_CASE("a temperature too small to divide by is greedy") {
  EigenBackend backend(1);
  Host logits(1, 300, 4);
  std::vector<Seed> const seeds = {Seed{1}};
  auto const greedy = backend.sample(logits.view(), seeds, {0.0f, 1.0f, 1});
  CHECK(backend.sample(logits.view(), seeds, {1e-42f, 1.0f, 1}) == greedy);
}
