/// The head's end: log softmax at a target, its gradient, and sampling, one row of logits at a time, in double.
#pragma once
#include <srlm/backend/xtensor_core.hpp>
#include <srlm/core/error.hpp>
#include <algorithm> // sort, min
#include <cmath>     // log, isfinite
#include <cstdint>
#include <numeric> // iota
#include <vector>

namespace srlm::xtensor {

/// log(sum(exp(x))) of a row; not finite where x holds something that is not a number.
template <class Row>
double log_sum_exp(Row const& x) {
  double const top = static_cast<double>(xt::amax(x, xt::evaluation_strategy::immediate)());
  return top + std::log(total(xt::exp(wide(x) - top)));
}

/// log_sum[i], and log_prob[i] = logits[i][targets[i]] - log_sum[i]. logits [T, V].
template <class B>
void log_probs(MatrixView<B> logits, std::span<std::int32_t> targets, std::span<float> log_sum,
               std::span<float> log_prob) {
  for (std::size_t r = 0; r < logits.rows; ++r) {
    auto const x = row(logits, r);
    double const mass = log_sum_exp(x);
    log_sum[r] = static_cast<float>(mass);
    log_prob[r] = static_cast<float>(static_cast<double>(x(static_cast<std::size_t>(targets[r]))) - mass);
  }
}

/// In place: logits[i] becomes weight[i] (one_hot(targets[i]) - softmax(logits[i])).
template <class B>
void log_probs_backward(MatrixView<B> logits, std::span<std::int32_t> targets, std::span<float> log_sum,
                        std::span<float> weight) {
  for (std::size_t r = 0; r < logits.rows; ++r) {
    auto x = row(logits, r);
    xt::noalias(x) = -weight[r] * xt::exp(x - log_sum[r]);
    x(static_cast<std::size_t>(targets[r])) += weight[r];
  }
}

/// One token from softmax(x / temperature), cut to its nucleus: tokens from the most likely on, the smaller id first
/// among equals, until their probabilities reach top_p (Holtzman et al. 2020). The token is the one at which the
/// nucleus, summed in that order, passes the share u in [0, 1). A temperature of 0, or one too small to divide by,
/// takes the most likely token. Throws: Error for logits that are not finite.
template <class Row>
Token sample_row(Row const& x, Sampling const& sampling, double u) {
  require(std::isfinite(log_sum_exp(x)), "sampling", "logits that are not finite numbers",
          "finite weights and activations");
  std::vector<std::size_t> order(x.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const more_likely = [&](std::size_t a, std::size_t b) { return x(a) != x(b) ? x(a) > x(b) : a < b; };
  if (sampling.temperature <= 0.0f || !std::isfinite(1.0f / sampling.temperature)) {
    return static_cast<Token>(*std::min_element(order.begin(), order.end(), more_likely));
  }
  std::sort(order.begin(), order.end(), more_likely);
  double const top = static_cast<double>(x(order.front()));
  xt::xtensor<double, 1> const p = xt::exp((wide(x) - top) / static_cast<double>(sampling.temperature));
  double const wanted = std::min(1.0, static_cast<double>(sampling.top_p)) * total(p);
  std::size_t size = 0;
  double mass = 0;
  while (size < order.size() && (size == 0 || mass < wanted)) {
    mass += p(order[size++]);
  }
  double passed = 0;
  for (std::size_t i = 0; i + 1 < size; ++i) {
    passed += p(order[i]);
    if (passed > u * mass) {
      return static_cast<Token>(order[i]);
    }
  }
  return static_cast<Token>(order[size - 1]);
}

} // namespace srlm::xtensor
