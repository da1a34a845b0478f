/// What EigenBackend computes is what another backend computes: the cases, for every way to run the CUDA policy.
#pragma once
#include "reference.hpp"
#include <srlm/testing/placed.hpp>
#include <cmath>

namespace against_eigen {

using namespace srlm;

inline AttentionShape const attention_shapes[] = {{9, 3, 64}, {2, 2, 128}, {4, 1, 33}};

/// Forks inside and across pages, and a sequence of one token.
inline model::RowPlan forks() {
  Tokens prompt(75, 7), one = prompt, two = prompt, other = {3};
  one.insert(one.end(), 130, 8);
  two.insert(two.end(), {9, 9, 9});
  std::vector<SequenceView> const views = {{one, {}}, {two, {}}, {prompt, {}}, {other, {}}};
  return model::plan_rows(views);
}

/// The furthest that outputs and gradients of attention lie from EigenBackend's.
template <class B>
double attention_difference(B b, AttentionShape const& shape) {
  model::RowPlan const plan = forks();
  auto const here = attention_results(b, plan, shape), by_eigen = attention_by_eigen(plan, shape);
  double worst = here.size() == by_eigen.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < here.size() && worst < HUGE_VAL; ++i) {
    worst = std::max(worst, srlm::testing::largest_difference(here[i], by_eigen[i]));
  }
  return worst;
}

/// The same in proportion to a matrix's norm, of the matrix that lies furthest.
template <class B>
double attention_distance(B b, AttentionShape const& shape) {
  model::RowPlan const plan = forks();
  auto const here = attention_results(b, plan, shape), by_eigen = attention_by_eigen(plan, shape);
  double worst = here.size() == by_eigen.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < here.size() && worst < HUGE_VAL; ++i) {
    double apart = 0, norm = 0;
    for (std::size_t r = 0; r < here[i].rows; ++r) {
      for (std::size_t c = 0; c < here[i].cols; ++c) {
        apart += std::pow(here[i](r, c) - by_eigen[i](r, c), 2);
        norm += std::pow(by_eigen[i](r, c), 2);
      }
    }
    double const distance = std::sqrt(apart / norm);
    worst = distance < HUGE_VAL ? std::max(worst, distance) : HUGE_VAL; // NaN too
  }
  return worst;
}

inline std::vector<Seed> seeds(std::size_t n) {
  std::vector<Seed> all;
  for (std::uint64_t i = 0; i < n; ++i) {
    all.push_back(Seed{5}.fork(i));
  }
  return all;
}

inline Sampling const samplings[] = {
    {0.0f, 1.0f, 1}, {0.7f, 0.9f, 1}, {1.0f, 1.0f, 1}, {2.5f, 0.3f, 1}, {1.0f, 1e-6f, 1}};

/// Whether 200 seeds draw EigenBackend's tokens, where many logits are equal.
template <class B>
bool draws_the_same(B const& b, Sampling const& sampling) {
  std::vector<float> logits = srlm::testing::random_numbers(200 * 300, 1);
  for (float& x : logits) {
    x = std::round(x * 40) / 8;
  }
  return drawn(b, logits, 300, seeds(200), sampling) == drawn_by_eigen(logits, 300, seeds(200), sampling);
}

/// The same for a large vocabulary, which many warps draw from.
template <class B>
bool draws_the_same_of_many(B const& b) {
  std::vector<float> const logits = srlm::testing::random_numbers(6 * 5000, 3);
  Sampling const sampling{0.2f, 0.9f, 1};
  return drawn(b, logits, 5000, seeds(6), sampling) == drawn_by_eigen(logits, 5000, seeds(6), sampling);
}

} // namespace against_eigen
