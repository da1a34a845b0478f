/// The kernels over bf16 elements: each is its f32 self within what rounding to 8 bits changes.
#include "host_device.hpp"
#include "support/catch.hpp"
#include <srlm/backend/kernels/bfloat16.cuh>
#include <srlm/testing/tensor_formulas.hpp>

using namespace srlm;
using Brain16 = kernels::BFloat16;

namespace {

std::vector<Brain16> rounded(std::vector<float> const& numbers) {
  std::vector<Brain16> out;
  for (float x : numbers) {
    out.push_back(Brain16(x));
  }
  return out;
}

std::vector<float> widened(std::vector<Brain16> const& numbers) {
  std::vector<float> out;
  for (Brain16 x : numbers) {
    out.push_back(static_cast<float>(x));
  }
  return out;
}

/// The largest relative difference, of numbers of size 1 or more.
double difference(std::vector<float> const& a, std::vector<float> const& b) {
  double worst = a.size() == b.size() ? 0.0 : HUGE_VAL;
  for (std::size_t i = 0; i < a.size(); ++i) {
    worst = std::max(worst,
                     std::abs(static_cast<double>(a[i] - b[i])) / std::max(1.0, std::abs(static_cast<double>(b[i]))));
  }
  return worst;
}

constexpr double rounding = 1.0 / 256; ///< bf16 has 8 bits

} // namespace

TEST_CASE("norms, gated units and the head's end work over bf16 as over the same numbers in f32") {
  std::size_t const rows = 5, cols = 70;
  auto const x = rounded(srlm::testing::random_numbers(rows * 2 * cols, 1));
  auto const gain = srlm::testing::random_numbers(cols, 2);
  auto const wide = widened(x);
  HostDevice device;
  unsigned const n = 5, c = 70;
  std::vector<Brain16> out(rows * cols);
  std::vector<float> out_wide(rows * cols);
  device.launch("rms_norm", kernels::rms_norm<Brain16>, {n, 1, 64, kernels::scratch_bytes<float>(64)},
                kernels::Rows<Brain16 const>{x.data(), 2 * cols}, gain.data(), 1e-5f,
                kernels::Rows<Brain16>{out.data(), cols}, c);
  device.launch("rms_norm", kernels::rms_norm<float>, {n, 1, 64, kernels::scratch_bytes<float>(64)},
                kernels::Rows<float const>{wide.data(), 2 * cols}, gain.data(), 1e-5f,
                kernels::Rows<float>{out_wide.data(), cols}, c);
  CHECK(difference(widened(out), out_wide) < rounding);
  device.launch("swiglu", kernels::swiglu<Brain16>, {n, 3, 32, 0}, kernels::Rows<Brain16 const>{x.data(), 2 * cols},
                kernels::Rows<Brain16>{out.data(), cols}, c);
  device.launch("swiglu", kernels::swiglu<float>, {n, 3, 32, 0}, kernels::Rows<float const>{wide.data(), 2 * cols},
                kernels::Rows<float>{out_wide.data(), cols}, c);
  CHECK(difference(widened(out), out_wide) < rounding);
  std::vector<float> sums(rows), sums_wide(rows);
  device.launch("log_sums", kernels::log_sums<Brain16>, {n, 1, 64, kernels::scratch_bytes<kernels::LogSum>(64)},
                kernels::Rows<Brain16 const>{x.data(), 2 * cols}, c, sums.data());
  device.launch("log_sums", kernels::log_sums<float>, {n, 1, 64, kernels::scratch_bytes<kernels::LogSum>(64)},
                kernels::Rows<float const>{wide.data(), 2 * cols}, c, sums_wide.data());
  CHECK(sums == sums_wide);
}

TEST_CASE("AdamW steps tensors of different lengths in one launch, gradients in bf16") {
  AdamWStep const step{0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.5f, 2};
  std::vector<float> values = srlm::testing::random_numbers(1203, 1), first = srlm::testing::random_numbers(1203, 2),
                     second(1203, 0.25f);
  auto const gradient = rounded(srlm::testing::random_numbers(1203, 4));
  srlm::testing::Wide value(values, 1, 1203, 1203), m(first, 1, 1203, 1203), v(second, 1, 1203, 1203);
  srlm::testing::formula::adamw(value, {widened(gradient), 1, 1203, 1203}, m, v, step);
  kernels::AdamWTensors<Brain16> tensors{};
  std::size_t const starts[] = {0, 1, 200, 1203};
  for (std::size_t t = 0; t < 3; ++t) {
    std::size_t const at = starts[t];
    tensors.tensors[t] = {values.data() + at, first.data() + at, second.data() + at, gradient.data() + at,
                          starts[t + 1] - at};
  }
  HostDevice device;
  device.launch("adamw", kernels::adamw<Brain16>, {3, 3, 64, 0}, tensors, adamw_factors(step));
  CHECK(srlm::testing::largest_difference({values, 1, 1203, 1203}, value) < 1e-6);
  CHECK(srlm::testing::largest_difference({first, 1, 1203, 1203}, m) < 1e-6);
  CHECK(srlm::testing::largest_difference({second, 1, 1203, 1203}, v) < 1e-6);
}
