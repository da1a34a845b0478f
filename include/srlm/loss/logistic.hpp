/// The logistic function and its logarithm in forms that do not overflow. Every loss uses these.
#pragma once
#include <srlm/core/host_device.hpp>
#include <cmath>

namespace srlm::loss {

/// 1 / (1 + e^-x).
SRLM_HOST_DEVICE inline double sigmoid(double x) {
  double const e = std::exp(x < 0 ? x : -x);
  return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

/// log(1 + e^x) = -log sigmoid(-x).
SRLM_HOST_DEVICE inline double softplus(double x) { return (x > 0 ? x : 0) + std::log1p(std::exp(x < 0 ? x : -x)); }

} // namespace srlm::loss
