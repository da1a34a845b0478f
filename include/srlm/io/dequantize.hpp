/// From stored numbers to float. One function a format, written after the layouts that ggml documents in
/// ggml-common.h; each is checked against the reference of the gguf Python package.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/dtype.hpp>
#include <srlm/core/float16.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring> // memcpy
#include <span>
#include <string>

namespace srlm::io {

namespace detail {

/// Little-endian 16 and 32 bits from any address.
inline std::uint16_t load16(std::byte const* p) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(p[0]) | (std::to_integer<unsigned>(p[1]) << 8));
}

inline std::uint32_t load32(std::byte const* p) {
  return static_cast<std::uint32_t>(load16(p)) | (static_cast<std::uint32_t>(load16(p + 2)) << 16);
}

inline float load_half(std::byte const* p) { return half_to_float(load16(p)); }

inline int low_nibble(std::byte b) { return std::to_integer<int>(b & std::byte{0x0F}); }
inline int high_nibble(std::byte b) { return std::to_integer<int>(b >> 4); }
inline int signed_byte(std::byte b) { return static_cast<std::int8_t>(std::to_integer<std::uint8_t>(b)); }

inline void decode_q8_0(std::byte const* block, float* out) {
  float const scale = load_half(block);
  for (std::size_t i = 0; i < 32; ++i) {
    out[i] = static_cast<float>(signed_byte(block[2 + i])) * scale;
  }
}

/// Low nibbles are the first half of the block, high nibbles the second: so in all 4- and 5-bit blocks of 32.
inline void decode_q4_0(std::byte const* block, float* out) {
  float const scale = load_half(block);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(low_nibble(block[2 + i]) - 8) * scale;
    out[i + 16] = static_cast<float>(high_nibble(block[2 + i]) - 8) * scale;
  }
}

inline void decode_q4_1(std::byte const* block, float* out) {
  float const scale = load_half(block), minimum = load_half(block + 2);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(low_nibble(block[4 + i])) * scale + minimum;
    out[i + 16] = static_cast<float>(high_nibble(block[4 + i])) * scale + minimum;
  }
}

/// The fifth bit of value i, as 0 or 16.
inline int fifth_bit(std::uint32_t bits, std::size_t i) { return static_cast<int>(((bits >> i) & 1u) << 4); }

inline void decode_q5_0(std::byte const* block, float* out) {
  float const scale = load_half(block);
  std::uint32_t const fifth = load32(block + 2);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>((low_nibble(block[6 + i]) | fifth_bit(fifth, i)) - 16) * scale;
    out[i + 16] = static_cast<float>((high_nibble(block[6 + i]) | fifth_bit(fifth, i + 16)) - 16) * scale;
  }
}

inline void decode_q5_1(std::byte const* block, float* out) {
  float const scale = load_half(block), minimum = load_half(block + 2);
  std::uint32_t const fifth = load32(block + 4);
  for (std::size_t i = 0; i < 16; ++i) {
    out[i] = static_cast<float>(low_nibble(block[8 + i]) | fifth_bit(fifth, i)) * scale + minimum;
    out[i + 16] = static_cast<float>(high_nibble(block[8 + i]) | fifth_bit(fifth, i + 16)) * scale + minimum;
  }
}

struct ScaleAndMinimum {
  float scale, minimum;
};

/// Scale and minimum of sub-block j (of 8) in q4_k and q5_k: 6 bits each, packed into 12 bytes. The first four of each
/// kind have their bytes 0-3 and 4-7; the last four have their low bits in bytes 8-11 and borrow the top two bits of
/// the first eight bytes.
inline ScaleAndMinimum sub_block_of(std::byte const* packed, std::size_t j) {
  auto const at = [&](std::size_t i) { return std::to_integer<unsigned>(packed[i]); };
  if (j < 4) {
    return {static_cast<float>(at(j) & 63u), static_cast<float>(at(j + 4) & 63u)};
  }
  unsigned const scale = (at(j + 4) & 15u) | ((at(j - 4) >> 6) << 4);
  unsigned const minimum = (at(j + 4) >> 4) | ((at(j) >> 6) << 4);
  return {static_cast<float>(scale), static_cast<float>(minimum)};
}

inline void decode_q4_k(std::byte const* block, float* out) {
  float const scale = load_half(block), minimum = load_half(block + 2);
  std::byte const* const nibbles = block + 16;
  for (std::size_t pair = 0; pair < 4; ++pair) { // 32 bytes hold two sub-blocks: low nibbles, then high ones
    ScaleAndMinimum const low = sub_block_of(block + 4, 2 * pair), high = sub_block_of(block + 4, 2 * pair + 1);
    float const low_scale = scale * low.scale, low_minimum = minimum * low.minimum;
    float const high_scale = scale * high.scale, high_minimum = minimum * high.minimum;
    for (std::size_t i = 0; i < 32; ++i) {
      std::byte const b = nibbles[32 * pair + i];
      out[64 * pair + i] = low_scale * static_cast<float>(low_nibble(b)) - low_minimum;
      out[64 * pair + 32 + i] = high_scale * static_cast<float>(high_nibble(b)) - high_minimum;
    }
  }
}

inline void decode_q5_k(std::byte const* block, float* out) {
  float const scale = load_half(block), minimum = load_half(block + 2);
  std::byte const* const fifth = block + 16; // byte i holds the fifth bits of value i of all eight sub-blocks
  std::byte const* const nibbles = block + 48;
  for (std::size_t pair = 0; pair < 4; ++pair) {
    ScaleAndMinimum const low = sub_block_of(block + 4, 2 * pair), high = sub_block_of(block + 4, 2 * pair + 1);
    float const low_scale = scale * low.scale, low_minimum = minimum * low.minimum;
    float const high_scale = scale * high.scale, high_minimum = minimum * high.minimum;
    for (std::size_t i = 0; i < 32; ++i) {
      std::byte const b = nibbles[32 * pair + i];
      auto const bits = std::to_integer<std::uint32_t>(fifth[i]);
      out[64 * pair + i] = low_scale * static_cast<float>(low_nibble(b) | fifth_bit(bits, 2 * pair)) - low_minimum;
      out[64 * pair + 32 + i] =
          high_scale * static_cast<float>(high_nibble(b) | fifth_bit(bits, 2 * pair + 1)) - high_minimum;
    }
  }
}

inline void decode_q6_k(std::byte const* block, float* out) {
  float const scale = load_half(block + 208);
  for (std::size_t half = 0; half < 2; ++half) { // 128 values each
    std::byte const* const low = block + 64 * half;
    std::byte const* const high = block + 128 + 32 * half;
    std::byte const* const scales = block + 192 + 8 * half;
    for (std::size_t i = 0; i < 32; ++i) {
      auto const top = [&](unsigned shift) { return std::to_integer<int>((high[i] >> shift) & std::byte{3}) << 4; };
      int const values[4] = {low_nibble(low[i]) | top(0), low_nibble(low[i + 32]) | top(2),
                             high_nibble(low[i]) | top(4), high_nibble(low[i + 32]) | top(6)};
      for (std::size_t q = 0; q < 4; ++q) {
        float const sub_scale = scale * static_cast<float>(signed_byte(scales[i / 16 + 2 * q]));
        out[128 * half + 32 * q + i] = sub_scale * static_cast<float>(values[q] - 32);
      }
    }
  }
}

template <void (*decode)(std::byte const*, float*)>
void decode_blocks(DType dtype, std::span<std::byte const> bytes, std::span<float> out) {
  std::size_t const blocks = out.size() / block_values(dtype);
  for (std::size_t b = 0; b < blocks; ++b) {
    decode(bytes.data() + b * block_bytes(dtype), out.data() + b * block_values(dtype));
  }
}

} // namespace detail

/// Stored values -> floats. bytes holds whole blocks, out one place a value.
/// Throws: Error if the sizes do not belong together.
inline void dequantize(DType dtype, std::span<std::byte const> bytes, std::span<float> out) {
  std::size_t const blocks = out.size() / block_values(dtype);
  if (out.size() % block_values(dtype) != 0 || bytes.size() % block_bytes(dtype) != 0 ||
      bytes.size() / block_bytes(dtype) != blocks) {
    throw Error("dequantize",
                std::to_string(bytes.size()) + " bytes of " + std::string(name_of(dtype)) + " for " +
                    std::to_string(out.size()) + " values",
                "blocks of " + std::to_string(block_values(dtype)) + " values in " +
                    std::to_string(block_bytes(dtype)) + " bytes");
  }
  if (out.empty()) {
    return;
  }
  switch (dtype) {
  case DType::f32:
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return;
  case DType::f16:
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = half_to_float(detail::load16(bytes.data() + 2 * i));
    }
    return;
  case DType::bf16:
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = bfloat16_to_float(detail::load16(bytes.data() + 2 * i));
    }
    return;
  case DType::q8_0:
    return detail::decode_blocks<detail::decode_q8_0>(dtype, bytes, out);
  case DType::q4_0:
    return detail::decode_blocks<detail::decode_q4_0>(dtype, bytes, out);
  case DType::q4_1:
    return detail::decode_blocks<detail::decode_q4_1>(dtype, bytes, out);
  case DType::q5_0:
    return detail::decode_blocks<detail::decode_q5_0>(dtype, bytes, out);
  case DType::q5_1:
    return detail::decode_blocks<detail::decode_q5_1>(dtype, bytes, out);
  case DType::q4_k:
    return detail::decode_blocks<detail::decode_q4_k>(dtype, bytes, out);
  case DType::q5_k:
    return detail::decode_blocks<detail::decode_q5_k>(dtype, bytes, out);
  case DType::q6_k:
    return detail::decode_blocks<detail::decode_q6_k>(dtype, bytes, out);
  }
}

} // namespace srlm::io
