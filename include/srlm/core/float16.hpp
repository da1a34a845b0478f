/// The two 16-bit number formats. binary16 (IEEE 754) and bfloat16 (the upper half of a binary32) to float exactly, and
/// back with rounding to nearest, ties to even. NaN stays NaN, overflow becomes infinity.
#pragma once
#include <bit> // bit_cast
#include <cstdint>

namespace srlm {

/// binary16 -> float, exact (subnormals, infinities and NaN included).
constexpr float half_to_float(std::uint16_t half) {
  std::uint32_t const sign = static_cast<std::uint32_t>(half & 0x8000u) << 16;
  std::uint32_t const exponent = (half >> 10) & 0x1Fu;
  std::uint32_t const fraction = half & 0x3FFu;
  if (exponent == 0) { // zero or subnormal: fraction * 2^-24, a product that a float holds exactly
    float const magnitude = static_cast<float>(fraction) * 0x1.0p-24f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
  if (exponent == 31) {
    return std::bit_cast<float>(sign | 0x7F800000u | (fraction << 13));
  }
  return std::bit_cast<float>(sign | ((exponent + 112u) << 23) | (fraction << 13));
}

/// float -> binary16, to nearest, ties to even.
constexpr std::uint16_t float_to_half(float value) {
  std::uint32_t const bits = std::bit_cast<std::uint32_t>(value);
  std::uint32_t const sign = (bits >> 16) & 0x8000u;
  std::uint32_t const magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) { // NaN: keep it one, quiet
    return static_cast<std::uint16_t>(sign | 0x7E00u | ((magnitude >> 13) & 0x3FFu));
  }
  if (magnitude >= 0x477FF000u) { // rounds to 65536 or more
    return static_cast<std::uint16_t>(sign | 0x7C00u);
  }
  if (magnitude >= 0x38800000u) { // a normal half: the exponent moves by 112, the fraction loses 13 bits
    std::uint32_t const odd = (magnitude >> 13) & 1u;
    return static_cast<std::uint16_t>(sign | ((magnitude - (112u << 23) + 0xFFFu + odd) >> 13));
  }
  if (magnitude <= 0x33000000u) { // at most half of the smallest subnormal: the tie goes to zero
    return static_cast<std::uint16_t>(sign);
  }
  std::uint32_t const shift = 126u - (magnitude >> 23); // 14 .. 24
  std::uint32_t const fraction = (magnitude & 0x7FFFFFu) | 0x800000u;
  std::uint32_t const kept = fraction >> shift;
  std::uint32_t const rest = fraction & ((1u << shift) - 1u);
  std::uint32_t const half_way = 1u << (shift - 1u);
  std::uint32_t const up = rest > half_way || (rest == half_way && (kept & 1u) != 0) ? 1u : 0u;
  return static_cast<std::uint16_t>(sign | (kept + up));
}

/// bfloat16 -> float, exact.
constexpr float bfloat16_to_float(std::uint16_t brain) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(brain) << 16);
}

/// float -> bfloat16, to nearest, ties to even.
constexpr std::uint16_t float_to_bfloat16(float value) {
  std::uint32_t const bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) {
    return static_cast<std::uint16_t>((bits >> 16) | 0x40u);
  }
  return static_cast<std::uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}

} // namespace srlm
