/// The semantic half of Policy, executed. An empty result: your model keeps every law that the loop relies on.
#pragma once
#include <srlm/concepts/policy.hpp>
#include <srlm/testing/violation.hpp>
#include <algorithm> // max_element
#include <cmath>
#include <ranges>

namespace srlm::testing {

/// What the laws try: a prompt, a response of at least two tokens, and the number of tokens that the model knows.
struct PolicyCase {
  Tokens prompt, response;
  Token vocabulary;
  double tolerance = 1e-4;
  double step = 1e-2; ///< of the finite differences, per parameter
};

namespace detail {

template <class P>
double log_prob(P& policy, Tokens const& x, Tokens const& y) {
  SequenceView const view{x, y};
  return static_cast<double>(policy.log_probs(std::span(&view, 1)).front());
}

template <class P>
void check_values(P& policy, PolicyCase const& c, Findings& findings) {
  Tokens const &x = c.prompt, &y = c.response;
  double total = 0;
  for (Token v = 0; v < c.vocabulary; ++v) {
    total += std::exp(log_prob(policy, x, {v}));
  }
  findings.expect("sum over v of p(v | x) = 1", std::abs(total - 1));

  Tokens const head(y.begin(), y.begin() + 1), tail(y.begin() + 1, y.end());
  Tokens x_head = x;
  x_head.push_back(y.front());
  double const whole = log_prob(policy, x, y);
  findings.expect("log p(y1 y2 | x) = log p(y1 | x) + log p(y2 | x y1)",
                  std::abs(whole - log_prob(policy, x, head) - log_prob(policy, x_head, tail)));

  SequenceView const batch[] = {{x, y}, {x_head, tail}, {x, head}};
  auto const scored = policy.log_probs(batch);
  auto const tape = policy.forward(batch);
  std::span<float const> const taped = tape.log_probs();
  bool same = scored.size() == 3 && taped.size() == 3;
  for (std::size_t i = 0; same && i < 3; ++i) {
    same = scored[i] == taped[i];
  }
  findings.expect_true("forward(z).log_probs() == log_probs(z), bit for bit", same);
  findings.expect("a sequence's log p does not depend on its batch",
                  scored.empty() ? 1 : std::abs(static_cast<double>(scored[0]) - whole));
}

template <class P>
void check_gradient(P& policy, PolicyCase const& c, Findings& findings) {
  SequenceView const batch[] = {{c.prompt, c.response}, {c.prompt, std::span(c.response).first(1)}};
  float const weight[] = {1.0f, -0.5f}, nothing[] = {0.0f, 0.0f};
  auto const clear = [&] {
    for (auto&& p : policy.parameters()) {
      std::fill(p.gradient.begin(), p.gradient.end(), 0.0f);
    }
  };
  clear();
  policy.backward(policy.forward(batch), weight);
  auto const value = [&] {
    auto const l = policy.log_probs(batch);
    return static_cast<double>(weight[0]) * static_cast<double>(l[0]) +
           static_cast<double>(weight[1]) * static_cast<double>(l[1]);
  };
  std::size_t block = 0;
  for (auto&& p : policy.parameters()) { // a random direction: along the gradient a forgotten part would not show
    double slope = 0, squares = 0;       // a slope in a random direction has the size of the root of the squares
    std::vector<float> const before(p.value.begin(), p.value.end());
    std::vector<float> direction(before.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
      direction[i] = static_cast<float>(c.step) * ((Seed{17}.fork(block).fork(i).value & 1) != 0 ? 1.0f : -1.0f);
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
    // the tolerance stands for values in nats: 1e-4 of it is 2% of a slope
    findings.expect("backward() matches finite differences",
                    0.005 * std::abs(measured - slope) / (1e-4 + std::sqrt(squares)));
    ++block;
  }
  std::vector<std::vector<float>> once;
  for (auto&& p : policy.parameters()) {
    once.emplace_back(p.gradient.begin(), p.gradient.end());
  }
  policy.backward(policy.forward(batch), nothing);
  policy.backward(policy.forward(batch), weight);
  double worst = 0;
  block = 0;
  for (auto&& p : policy.parameters()) {
    for (std::size_t i = 0; i < once[block].size(); ++i) {
      double const expected = 2 * static_cast<double>(once[block][i]);
      worst = std::max(worst, std::abs(static_cast<double>(p.gradient[i]) - expected) / (1 + std::abs(expected)));
    }
    ++block;
  }
  findings.expect("backward() adds to the gradient, and weight 0 adds nothing", worst);
  clear();
}

template <class P>
void check_generation(P& policy, PolicyCase const& c, Findings& findings) {
  Sampling const sampling{1.0f, 1.0f, 8};
  GenerationRequest const both[] = {{c.prompt, Seed{1}}, {c.response, Seed{2}}, {c.prompt, Seed{1}}};
  auto const together = policy.generate(both, sampling);
  bool const complete = together.size() == 3;
  findings.expect_true("generate() gives one response a request", complete);
  if (!complete) {
    return;
  }
  auto const alone = policy.generate(std::span(both).first(1), sampling);
  findings.expect_true("generate() is a function of (request, sampling)",
                       together[0] == together[2] && alone.front() == together[0]);
  bool within = true;
  for (Tokens const& y : together) {
    within = within && !y.empty() && y.size() <= 8;
  }
  findings.expect_true("a response has 1 to max_new_tokens tokens", within);
  bool differs = false;
  for (std::uint64_t s = 3; s < 40 && !differs; ++s) {
    GenerationRequest const other{c.prompt, Seed{s}};
    differs = policy.generate(std::span(&other, 1), sampling).front() != together[0];
  }
  findings.expect_true("another seed gives another response", differs);

  GenerationRequest const greedy{c.prompt, Seed{1}};
  Token const first = policy.generate(std::span(&greedy, 1), {0.0f, 1.0f, 1}).front().front();
  double best = -HUGE_VAL;
  for (Token v = 0; v < c.vocabulary; ++v) {
    best = std::max(best, log_prob(policy, c.prompt, {v}));
  }
  findings.expect("temperature 0 writes the most likely token", best - log_prob(policy, c.prompt, {first}));
}

} // namespace detail

/// Checks values, gradients (where parameters() gives {value, gradient} spans of host memory) and generation.
template <Policy P>
std::vector<Violation> policy_laws(P& policy, PolicyCase const& c) {
  Findings findings(c.tolerance);
  detail::check_values(policy, c, findings);
  if constexpr (requires { policy.parameters(); }) {
    detail::check_gradient(policy, c, findings);
  }
  detail::check_generation(policy, c, findings);
  return std::move(findings).take();
}

} // namespace srlm::testing
