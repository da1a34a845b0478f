/// The number formats that tensors are stored in, and how many bytes they take. Block formats are those of ggml
/// (ggml-common.h): a block of 32 or 256 values along the innermost dimension shares its scales.
#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace srlm::io {

enum class DType { f32, f16, bf16, q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k };

inline constexpr std::array dtypes = {DType::f32,  DType::f16,  DType::bf16, DType::q8_0, DType::q4_0, DType::q4_1,
                                      DType::q5_0, DType::q5_1, DType::q4_k, DType::q5_k, DType::q6_k};

/// The upper-case name that ggml and safetensors use: "F32", "Q4_K".
constexpr std::string_view name_of(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return "F32";
  case DType::f16:
    return "F16";
  case DType::bf16:
    return "BF16";
  case DType::q8_0:
    return "Q8_0";
  case DType::q4_0:
    return "Q4_0";
  case DType::q4_1:
    return "Q4_1";
  case DType::q5_0:
    return "Q5_0";
  case DType::q5_1:
    return "Q5_1";
  case DType::q4_k:
    return "Q4_K";
  case DType::q5_k:
    return "Q5_K";
  case DType::q6_k:
    return "Q6_K";
  }
  return "unknown";
}

/// The reverse of name_of, in any case; nullopt for an unknown name.
constexpr std::optional<DType> parse_dtype(std::string_view name) {
  for (DType const dtype : dtypes) {
    std::string_view const known = name_of(dtype);
    bool equal = known.size() == name.size();
    for (std::size_t i = 0; equal && i < known.size(); ++i) {
      char const letter = name[i] >= 'a' && name[i] <= 'z' ? static_cast<char>(name[i] - 'a' + 'A') : name[i];
      equal = letter == known[i];
    }
    if (equal) {
      return dtype;
    }
  }
  return std::nullopt;
}

/// How many values one block holds; 1 for the plain formats.
constexpr std::size_t block_values(DType dtype) {
  switch (dtype) {
  case DType::f32:
  case DType::f16:
  case DType::bf16:
    return 1;
  case DType::q4_k:
  case DType::q5_k:
  case DType::q6_k:
    return 256;
  default:
    return 32;
  }
}

/// How many bytes one block takes.
constexpr std::size_t block_bytes(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return 4;
  case DType::f16:
  case DType::bf16:
    return 2;
  case DType::q8_0:
    return 2 + 32; // scale, 32 signed bytes
  case DType::q4_0:
    return 2 + 16; // scale, 32 nibbles
  case DType::q4_1:
    return 2 + 2 + 16; // scale, minimum, 32 nibbles
  case DType::q5_0:
    return 2 + 4 + 16; // scale, 32 fifth bits, 32 nibbles
  case DType::q5_1:
    return 2 + 2 + 4 + 16; // scale, minimum, 32 fifth bits, 32 nibbles
  case DType::q4_k:
    return 2 + 2 + 12 + 128; // two super scales, 8 scales and minima of 6 bits, 256 nibbles
  case DType::q5_k:
    return 2 + 2 + 12 + 32 + 128; // as q4_k with 256 fifth bits
  case DType::q6_k:
    return 128 + 64 + 16 + 2; // 256 low nibbles, 256 times two high bits, 16 scales, super scale
  }
  return 0;
}

/// All names, for messages: "F32, F16, ...".
inline std::string dtype_names() {
  std::string names;
  for (DType const dtype : dtypes) {
    names += (names.empty() ? "" : ", ") + std::string(name_of(dtype));
  }
  return names;
}

} // namespace srlm::io
