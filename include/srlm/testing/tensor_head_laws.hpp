/// The semantic half of TensorBackend, executed: log softmax at a target, its gradient, and sampling.
#pragma once
#include <srlm/testing/placed.hpp>
#include <srlm/testing/tensor_tolerances.hpp>
#include <algorithm> // all_of, max_element, reverse
#include <array>
#include <cmath>

namespace srlm::testing::detail {

template <TensorBackend B>
void log_prob_laws(B& b, std::size_t vocabulary, float size, Findings& findings) {
  std::vector<float> numbers = random_numbers(3 * (vocabulary + 2), 1);
  for (float& x : numbers) {
    x *= size;
  }
  Placed<B> const logits(b, 3, vocabulary, numbers, 2), log_sum(b, 1, 3, 2), log_prob(b, 1, 3, 3);
  std::vector<std::int32_t> const targets = {0, static_cast<std::int32_t>(vocabulary / 2),
                                             static_cast<std::int32_t>(vocabulary - 1)};
  Placed<B> const weight(b, 1, 3, {1.0f, -0.5f, 0.0f});
  auto const ids = placed_ids(b, targets);
  b.log_probs(logits.view(), ids.span(), log_sum.numbers(), log_prob.numbers());
  Wide sums = formula::log_sums(logits.before()), expected = formula::log_probs(logits.before(), targets), d_out(3, 1);
  for (std::size_t r = 0; r < 3; ++r) {
    d_out(r, 0) = weight.before()(0, r);
  }
  std::swap(sums.rows, sums.cols); // columns as rows
  std::swap(expected.rows, expected.cols);
  double const error = tolerance::in_kernels(
      std::max(largest_difference(log_sum.after(), sums), largest_difference(log_prob.after(), expected)),
      tolerance::log_prob * static_cast<double>(std::max(1.0f, size / 4)));
  if (size > 100) {
    findings.expect("log_probs: no overflow for logits of some hundreds", error);
    return;
  }
  if (vocabulary > 1000) { // as many as a large model's
    findings.expect("log_probs: no loss in sums over 128,000 tokens", error);
    return;
  }
  findings.expect("log_probs: log_sum = log of the sum of exp(logits), log_prob = logits[target] - log_sum", error);
  findings.expect_true("log_probs leaves the logits as they are",
                       largest_difference(logits.before(), logits.after()) == 0);
  b.log_probs_backward(logits.view(), ids.span(), log_sum.numbers(), weight.numbers());
  Wide const gradient =
      numeric_gradient(logits.before(), d_out, [&](Wide const& x) { return formula::log_probs(x, targets); });
  findings.expect("log_probs_backward: logits become weight (one hot at the target - softmax(logits))",
                  tolerance::in_kernels(largest_difference(logits.after(), gradient), tolerance::derivative));
  logits.expect_gaps_kept(findings);
}

template <TensorBackend B>
void greedy_laws(B& b, Findings& findings) {
  std::size_t const rows = 5, vocabulary = 300;
  Placed<B> const logits(b, rows, vocabulary, 4, 1);
  Wide const x = logits.before();
  std::vector<Seed> const seeds(rows, Seed{1});
  std::vector<Token> likely;
  for (std::size_t r = 0; r < rows; ++r) {
    auto const row = x.data.begin() + static_cast<std::ptrdiff_t>(r * vocabulary);
    likely.push_back(static_cast<Token>(std::max_element(row, row + vocabulary) - row));
  }
  auto const at = [&](float temperature, float top_p) {
    return b.sample(logits.view(), std::span<Seed const>(seeds), Sampling{temperature, top_p, 1});
  };
  findings.expect_true("sample: temperature 0, or one too small to divide by, takes the most likely token",
                       at(0.0f, 1.0f) == likely && at(1e-42f, 1.0f) == likely);
  findings.expect_true("sample: the nucleus of a tiny top_p is the most likely token", at(1.0f, 1e-6f) == likely);
}

/// Draws from p = 0.4, 0.05, 0.3, 0.05, 0.15, 0.05, many rows at once.
template <TensorBackend B>
void drawing_laws(B& b, Findings& findings) {
  constexpr std::size_t rows = 20'000;
  double const p[] = {0.4, 0.05, 0.3, 0.05, 0.15, 0.05};
  std::vector<float> numbers;
  std::vector<Seed> seeds;
  for (std::size_t r = 0; r < rows; ++r) {
    for (double share : p) {
      numbers.push_back(static_cast<float>(std::log(share)));
    }
    seeds.push_back(Seed{11}.fork(r));
  }
  Placed<B> const logits(b, rows, 6, numbers);
  // the largest difference between how often tokens came and how often they should
  auto const error = [&](Sampling const& sampling, std::array<double, 6> expected) {
    std::vector<Token> const tokens = b.sample(logits.view(), std::span<Seed const>(seeds), sampling);
    if (tokens.size() != rows || !std::all_of(tokens.begin(), tokens.end(), [](Token t) { return t >= 0 && t < 6; })) {
      return HUGE_VAL;
    }
    for (Token t : tokens) {
      expected[static_cast<std::size_t>(t)] -= 1.0 / rows;
    }
    return std::abs(*std::max_element(expected.begin(), expected.end(),
                                      [](double x, double y) { return std::abs(x) < std::abs(y); }));
  };
  constexpr double permitted = 0.015; // four standard deviations of a share of 20,000
  findings.expect_true("sample: a token comes as often as softmax(logits / temperature) says",
                       error({1.0f, 1.0f, 1}, {0.4, 0.05, 0.3, 0.05, 0.15, 0.05}) < permitted &&
                           error({0.5f, 1.0f, 1}, {0.16 / 0.28, 0.0025 / 0.28, 0.09 / 0.28, 0.0025 / 0.28,
                                                   0.0225 / 0.28, 0.0025 / 0.28}) < permitted);
  findings.expect_true("sample: only tokens of the nucleus come, as often as their share of it",
                       error({1.0f, 0.8f, 1}, {0.4 / 0.85, 0, 0.3 / 0.85, 0, 0.15 / 0.85, 0}) < permitted);
}

template <TensorBackend B>
void seed_laws(B& b, Findings& findings) {
  std::size_t const rows = 40, vocabulary = 300;
  std::vector<float> const row = random_numbers(vocabulary, 9);
  std::vector<float> numbers;
  std::vector<Seed> seeds;
  for (std::size_t r = 0; r < rows; ++r) {
    numbers.insert(numbers.end(), row.begin(), row.end());
    seeds.push_back(Seed{3}.fork(r));
  }
  Placed<B> const logits(b, rows, vocabulary, numbers);
  auto const draw = [&](std::span<Seed const> with) {
    return b.sample(rows_of(logits.view(), 0, with.size()), with, Sampling{1.0f, 0.9f, 1});
  };
  std::vector<Token> const all = draw(seeds), some = draw(std::span(seeds).subspan(7, 3));
  std::vector<Seed> const turned(seeds.rbegin(), seeds.rend());
  std::vector<Token> back = draw(turned);
  std::reverse(back.begin(), back.end());
  findings.expect_true("sample: row i is a function of its logits, seeds[i] and the sampling alone",
                       draw(seeds) == all && back == all && all.size() == rows &&
                           std::equal(some.begin(), some.end(), all.begin() + 7, all.begin() + 10));
  findings.expect_true("sample: another seed draws another token",
                       !std::all_of(all.begin(), all.end(), [&](Token t) { return t == all.front(); }));
}

template <TensorBackend B>
void head_laws(B& b, Findings& findings) {
  for (std::size_t vocabulary : {1u, 5u, 64u, 131u}) {
    log_prob_laws(b, vocabulary, 4, findings);
    log_prob_laws(b, vocabulary, 300, findings);
  }
  log_prob_laws(b, 128'000, 20, findings);
  greedy_laws(b, findings);
  drawing_laws(b, findings);
  seed_laws(b, findings);
}

} // namespace srlm::testing::detail
