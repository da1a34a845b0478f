/// From float to the formats that the writers offer: F32, F16 and BF16 (to nearest, ties to even) and Q8_0 as ggml
/// makes it: a block's largest magnitude becomes 127, the scale is kept in half precision.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/dtype.hpp>
#include <srlm/core/float16.hpp>
#include <algorithm>
#include <bit> // endian
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring> // memcpy
#include <limits>
#include <span>
#include <string>

namespace srlm::io {

static_assert(std::endian::native == std::endian::little, "srlm::io: model files are little endian, so is the machine");

namespace detail {

inline void store16(std::uint16_t value, std::byte* out) {
  out[0] = static_cast<std::byte>(value & 0xFFu);
  out[1] = static_cast<std::byte>(value >> 8);
}

inline void encode_q8_0(float const* values, std::byte* block) {
  float largest = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    largest = std::max(largest, std::fabs(values[i]));
  }
  float const scale = largest / 127.0f;
  float const inverse = scale >= std::numeric_limits<float>::min() ? 1.0f / scale : 0.0f; // never infinite
  store16(float_to_half(scale), block);
  for (std::size_t i = 0; i < 32; ++i) {
    float const level = std::clamp(std::round(values[i] * inverse), -127.0f, 127.0f); // roundf, as ggml
    block[2 + i] = static_cast<std::byte>(static_cast<std::int8_t>(level));
  }
}

} // namespace detail

/// Whether quantize can make this format.
constexpr bool can_write(DType dtype) {
  return dtype == DType::f32 || dtype == DType::f16 || dtype == DType::bf16 || dtype == DType::q8_0;
}

/// Floats -> stored values; the sizes as in dequantize. Throws: Error for other formats, for sizes that do not belong
/// together, and for numbers that the format cannot hold (Q8_0: NaN, infinities and scales beyond half precision).
inline void quantize(DType dtype, std::span<float const> values, std::span<std::byte> out) {
  if (!can_write(dtype)) {
    throw Error("quantize", std::string(name_of(dtype)), "F32, F16, BF16 or Q8_0");
  }
  if (values.size() % block_values(dtype) != 0 || out.size() % block_bytes(dtype) != 0 ||
      out.size() / block_bytes(dtype) != values.size() / block_values(dtype)) {
    throw Error("quantize",
                std::to_string(values.size()) + " values for " + std::to_string(out.size()) + " bytes of " +
                    std::string(name_of(dtype)),
                "blocks of " + std::to_string(block_values(dtype)) + " values in " +
                    std::to_string(block_bytes(dtype)) + " bytes");
  }
  if (values.empty()) {
    return;
  }
  switch (dtype) {
  case DType::f32:
    std::memcpy(out.data(), values.data(), out.size());
    return;
  case DType::f16:
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i]) && std::fabs(values[i]) >= 65520.0f) { // rounds to infinity
        throw Error("quantize", "the value " + std::to_string(values[i]), "numbers that F16 can hold, up to 65504");
      }
      detail::store16(float_to_half(values[i]), out.data() + 2 * i);
    }
    return;
  case DType::bf16:
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (std::isfinite(values[i]) && std::fabs(values[i]) > 3.3895e38f) { // rounds to infinity
        throw Error("quantize", "the value " + std::to_string(values[i]), "numbers that BF16 can hold");
      }
      detail::store16(float_to_bfloat16(values[i]), out.data() + 2 * i);
    }
    return;
  default:
    break;
  }
  for (float const value : values) {
    if (!(std::fabs(value) <= 127.0f * 65504.0f)) {
      throw Error("quantize", "the value " + std::to_string(value), "finite numbers that Q8_0 can hold");
    }
  }
  for (std::size_t b = 0; b < values.size() / 32; ++b) {
    detail::encode_q8_0(values.data() + 32 * b, out.data() + 34 * b);
  }
}

} // namespace srlm::io
