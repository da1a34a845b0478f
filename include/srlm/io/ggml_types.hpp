/// The numbers by which GGUF names tensor formats (enum ggml_type in ggml.h), those that srlm reads and, for messages,
/// the others.
#pragma once
#include <srlm/io/dtype.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator> // size
#include <optional>
#include <string_view>

namespace srlm::io {

/// The number that GGUF gives a tensor format (enum ggml_type in ggml.h).
constexpr std::uint32_t ggml_type_id(DType dtype) {
  switch (dtype) {
  case DType::f32:
    return 0;
  case DType::f16:
    return 1;
  case DType::q4_0:
    return 2;
  case DType::q4_1:
    return 3;
  case DType::q5_0:
    return 6;
  case DType::q5_1:
    return 7;
  case DType::q8_0:
    return 8;
  case DType::q4_k:
    return 12;
  case DType::q5_k:
    return 13;
  case DType::q6_k:
    return 14;
  case DType::bf16:
    return 30;
  }
  return 0;
}

/// The format of that number, if srlm reads it.
constexpr std::optional<DType> dtype_of_ggml(std::uint32_t id) {
  for (DType const dtype : dtypes) {
    if (ggml_type_id(dtype) == id) {
      return dtype;
    }
  }
  return std::nullopt;
}

/// The name of a ggml type that srlm does not read, for messages.
constexpr std::string_view ggml_type_name(std::uint32_t id) {
  constexpr std::string_view names[] = {
      "F32",      "F16",      "Q4_0",    "Q4_1",  "Q4_2",       "Q4_3",       "Q5_0",       "Q5_1",
      "Q8_0",     "Q8_1",     "Q2_K",    "Q3_K",  "Q4_K",       "Q5_K",       "Q6_K",       "Q8_K",
      "IQ2_XXS",  "IQ2_XS",   "IQ3_XXS", "IQ1_S", "IQ4_NL",     "IQ3_S",      "IQ2_S",      "IQ4_XS",
      "I8",       "I16",      "I32",     "I64",   "F64",        "IQ1_M",      "BF16",       "Q4_0_4_4",
      "Q4_0_4_8", "Q4_0_8_8", "TQ1_0",   "TQ2_0", "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4"};
  return id < std::size(names) ? names[id] : std::string_view("unknown");
}

} // namespace srlm::io
