/// bf16 as kernels need it of an element: converted from and to float, rounded to nearest even.
#pragma once
#include <bit> // bit_cast
#include <cstdint>

struct Brain16 {
  std::uint16_t bits = 0;

  Brain16() = default;
  explicit Brain16(float x) {
    std::uint32_t const whole = std::bit_cast<std::uint32_t>(x);
    bits = static_cast<std::uint16_t>((whole + 0x7fffu + (whole >> 16 & 1u)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};
