/// The semantic half of Stepper, executed.
#pragma once
#include <srlm/concepts/stepper.hpp>
#include <srlm/testing/checkpoint_laws.hpp>
#include <filesystem>

namespace srlm::testing {

namespace detail {

template <class M>
std::vector<float> values_of(M& model) {
  std::vector<float> values;
  for (auto&& p : model.parameters()) {
    values.insert(values.end(), p.value.begin(), p.value.end());
  }
  return values;
}

template <class M>
void set_values(M& model, std::span<float const> values) {
  std::size_t at = 0;
  for (auto&& p : model.parameters()) {
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(at), p.value.size(), p.value.begin());
    at += p.value.size();
  }
}

/// A gradient that differs from parameter to parameter and from step to step. Returns its values.
template <class M>
std::vector<float> set_gradient(M& model, std::uint64_t step) {
  std::vector<float> gradient;
  for (auto&& p : model.parameters()) {
    for (float& g : p.gradient) {
      g = static_cast<float>(Seed{step}.uniform(gradient.size()) - 0.5);
      gradient.push_back(g);
    }
  }
  return gradient;
}

} // namespace detail

/// model: one whose parameters() are {value, gradient} spans of host memory; it comes out as it went in. file: a path
/// that may be written, where the stepper is Checkpointed.
template <HasHostParameters M, Stepper<M> S>
std::vector<Violation> stepper_laws(S& stepper, M& model, std::filesystem::path const& file = {}) {
  Findings findings(1e-4);
  std::vector<float> const start = detail::values_of(model);
  auto const stage = [&](std::uint64_t steps) { // the parameters after a stage from the start
    detail::set_values(model, start);
    stepper.begin(4);
    for (std::uint64_t k = 0; k < steps; ++k) {
      detail::set_gradient(model, k);
      stepper.step(model);
    }
    return detail::values_of(model);
  };

  stepper.begin(4);
  std::vector<float> const gradient = detail::set_gradient(model, 0);
  StepReport const report = stepper.step(model);
  std::vector<float> const after = detail::values_of(model);
  double along = 0, squares = 0, left = 0;
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    double const g = static_cast<double>(gradient[i]);
    along += g * (static_cast<double>(after[i]) - static_cast<double>(start[i]));
    squares += g * g;
  }
  for (auto&& p : model.parameters()) {
    for (float g : p.gradient) {
      left = std::max(left, std::abs(static_cast<double>(g)));
    }
  }
  double const norm = std::sqrt(squares);
  findings.expect_true("step() goes against the gradient", along < 0);
  findings.expect_true("step() clears the gradient", left == 0);
  findings.expect("step() reports the norm of the gradient that it was given, before any clipping",
                  std::abs(report.gradient_norm - norm) / norm);
  findings.expect_true("step() reports a rate of 0 or more", report.rate >= 0);

  std::vector<float> const first = stage(3);
  findings.expect_true("begin() forgets: a second stage from the same parameters ends in the same bits",
                       stage(3) == first);
  if constexpr (Checkpointed<S>) {
    if (!file.empty()) {
      std::vector<float> const two = stage(2);
      stepper.save_checkpoint(file);
      stage(1);
      stepper.begin(4);
      stepper.load_checkpoint(file);
      detail::set_values(model, two);
      detail::set_gradient(model, 2);
      stepper.step(model);
      findings.expect_true("load_checkpoint() goes on where save_checkpoint() was, bit for bit",
                           detail::values_of(model) == first);
    }
  }
  detail::set_values(model, start);
  detail::clear_gradient(model);
  return std::move(findings).take();
}

} // namespace srlm::testing
