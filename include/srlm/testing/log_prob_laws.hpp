/// The semantic half of LogProbModel and DifferentiableLogProbModel, executed.
#pragma once
#include <srlm/concepts/log_prob_model.hpp>
#include <srlm/core/seed.hpp>
#include <srlm/testing/violation.hpp>
#include <algorithm> // copy, fill, max
#include <cmath>

namespace srlm::testing {

/// What the laws try: a prompt, a response of at least two tokens, and the number of tokens that the model knows.
struct PolicyCase {
  Tokens prompt, response;
  Token vocabulary;
  double tolerance = 1e-4;
  double step = 1e-2; ///< of the finite differences, per parameter
};

/// One response's log p(y | x).
template <LogProbModel M>
double log_prob(M& model, std::span<Token const> prompt, std::span<Token const> response) {
  SequenceView const sequence{prompt, response};
  return static_cast<double>(model.log_probs(std::span(&sequence, 1)).front());
}

/// Parameters and gradients that this program can read: what the laws of backward() need.
template <class M>
concept HasHostParameters = requires(M& model) {
  std::span<float>((*model.parameters().begin()).value);
  std::span<float>((*model.parameters().begin()).gradient);
};

namespace detail {

template <class M>
void clear_gradient(M& model) {
  for (auto&& p : model.parameters()) {
    std::fill(p.gradient.begin(), p.gradient.end(), 0.0f);
  }
}

/// How far backward()'s gradient is from finite differences of log_probs(), in the tolerance's unit of nats: 1e-4 of it
/// stands for 2% of a slope. Along a random direction in each block of parameters: along the gradient itself a
/// forgotten part would not show.
template <class M>
double slope_error(M& model, std::span<SequenceView const> batch, std::span<float const> weight, double step) {
  clear_gradient(model);
  model.backward(model.forward(batch), weight);
  auto const value = [&] {
    double sum = 0;
    std::vector<float> const log_probs = model.log_probs(batch);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      sum += static_cast<double>(weight[i]) * static_cast<double>(log_probs[i]);
    }
    return sum;
  };
  double worst = 0;
  std::size_t block = 0;
  for (auto&& p : model.parameters()) {
    double slope = 0, squares = 0; // a slope in a random direction has the size of the root of the squares
    std::vector<float> const before(p.value.begin(), p.value.end());
    std::vector<float> direction(before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      direction[i] = static_cast<float>(step) * ((Seed{17}.fork(block).fork(i).value & 1) != 0 ? 1.0f : -1.0f);
      double const part = static_cast<double>(direction[i]) * static_cast<double>(p.gradient[i]);
      slope += part;
      squares += part * part;
    }
    auto const at = [&](float s) {
      for (std::size_t i = 0; i < before.size(); ++i) {
        p.value[i] = before[i] + s * direction[i];
      }
      double const v = value();
      std::copy(before.begin(), before.end(), p.value.begin());
      return v;
    };
    double const measured = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / 12; // fourth order
    double const error = 0.005 * std::abs(measured - slope) / (1e-4 + std::sqrt(squares));
    worst = error <= worst ? worst : error; // NaN is the worst
    ++block;
  }
  return worst;
}

/// How far two backward() calls are from twice one, weights of 0 in between.
template <class M>
double sum_error(M& model, std::span<SequenceView const> batch, std::span<float const> weight) {
  clear_gradient(model);
  model.backward(model.forward(batch), weight);
  std::vector<std::vector<float>> once;
  for (auto&& p : model.parameters()) {
    once.emplace_back(p.gradient.begin(), p.gradient.end());
  }
  std::vector<float> const nothing(batch.size(), 0.0f);
  model.backward(model.forward(batch), nothing);
  model.backward(model.forward(batch), weight);
  double worst = 0;
  std::size_t block = 0;
  for (auto&& p : model.parameters()) {
    for (std::size_t i = 0; i < once[block].size(); ++i) {
      double const expected = 2 * static_cast<double>(once[block][i]);
      double const error = std::abs(static_cast<double>(p.gradient[i]) - expected) / (1 + std::abs(expected));
      worst = error <= worst ? worst : error;
    }
    ++block;
  }
  return worst;
}

} // namespace detail

/// log_probs() alone.
template <LogProbModel M>
std::vector<Violation> log_prob_laws(M& model, PolicyCase const& c) {
  Findings findings(c.tolerance);
  Tokens const &x = c.prompt, &y = c.response;
  double total = 0;
  for (Token v = 0; v < c.vocabulary; ++v) {
    total += std::exp(log_prob(model, x, std::span(&v, 1)));
  }
  findings.expect("sum over v of p(v | x) = 1", std::abs(total - 1));

  Tokens const head(y.begin(), y.begin() + 1), tail(y.begin() + 1, y.end());
  Tokens x_head = x;
  x_head.push_back(y.front());
  double const whole = log_prob(model, x, y);
  findings.expect("log p(y1 y2 | x) = log p(y1 | x) + log p(y2 | x y1)",
                  std::abs(whole - log_prob(model, x, head) - log_prob(model, x_head, tail)));

  SequenceView const batch[] = {{x, y}, {x_head, tail}, {x, head}};
  std::vector<float> const scored = model.log_probs(batch);
  findings.expect_true("log_probs() gives one number a sequence", scored.size() == 3);
  findings.expect("a sequence's log p does not depend on its batch",
                  scored.empty() ? 1 : std::abs(static_cast<double>(scored[0]) - whole));
  return std::move(findings).take();
}

/// forward() and backward(); the gradient where parameters() gives {value, gradient} spans of host memory.
template <DifferentiableLogProbModel M>
std::vector<Violation> gradient_laws(M& model, PolicyCase const& c) {
  Findings findings(c.tolerance);
  std::span<Token const> const x = c.prompt, y = c.response;
  SequenceView const batch[] = {{x, y}, {x, y.first(1)}};
  std::vector<float> const scored = model.log_probs(batch);
  auto const tape = model.forward(batch);
  std::span<float const> const taped = tape.log_probs();
  findings.expect_true("forward(z).log_probs() == log_probs(z), bit for bit",
                       std::equal(scored.begin(), scored.end(), taped.begin(), taped.end()));
  if constexpr (HasHostParameters<M>) {
    float const weight[] = {1.0f, -0.5f};
    findings.expect("backward() is the derivative of log p(y | x) for a response of one token",
                    detail::slope_error(model, std::span(batch).last(1), std::span(weight).last(1), c.step));
    findings.expect(
        "backward() is the derivative of log p(y | x) for a response of several tokens: each of them counts",
        detail::slope_error(model, std::span(batch).first(1), std::span(weight).first(1), c.step));
    findings.expect("backward() weights every sequence of a batch by its own weight",
                    detail::slope_error(model, batch, weight, c.step));
    findings.expect("backward() adds to the gradient, and weight 0 adds nothing",
                    detail::sum_error(model, batch, weight));
    detail::clear_gradient(model);
  }
  return std::move(findings).take();
}

} // namespace srlm::testing
