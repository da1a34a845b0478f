/// Writes GGUF version 3, whole or not at all, as llama.cpp and the gguf Python package read it.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/gguf.hpp>
#include <srlm/io/gguf_metadata.hpp>
#include <srlm/io/safetensors_writer.hpp> // checked_byte_count, write_values
#include <srlm/io/tensor.hpp>
#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace srlm::io {

/// The format in which one tensor is stored when a model is written as `wanted`: tensors of one dimension (norms,
/// biases) stay F32, and rows that are not whole blocks of 32 fall back from Q8_0 to F16, both as llama.cpp does it.
inline DType gguf_dtype_for(TensorToWrite const& tensor, DType wanted) {
  if (tensor.shape.size() < 2) {
    return DType::f32;
  }
  return tensor.shape.back() % block_values(wanted) == 0 ? wanted : DType::f16;
}

namespace detail {

template <class T>
void gguf_append(std::string& out, T const& value) {
  static_assert(std::is_arithmetic_v<T>);
  out.append(reinterpret_cast<char const*>(&value), sizeof(T)); // little endian, see quantize.hpp
}

inline void gguf_append_string(std::string& out, std::string const& text) {
  gguf_append(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

template <class T>
void gguf_append_value(std::string& out, T const& value, bool with_type, std::string const& where) {
  if constexpr (std::is_same_v<T, GgufNested>) {
    throw Error(where, "an array of arrays", "a value that the writer has in full");
  } else if constexpr (is_gguf_array<T>) {
    using Element = typename T::value_type;
    gguf_append(out, gguf_array_id);
    gguf_append(out, gguf_type_id<Element>());
    gguf_append(out, static_cast<std::uint64_t>(value.size()));
    for (std::size_t i = 0; i < value.size(); ++i) {
      Element const element = value[i]; // a copy, since vector<bool> has no references
      gguf_append_value(out, element, false, where);
    }
  } else {
    if (with_type) {
      gguf_append(out, gguf_type_id<T>());
    }
    if constexpr (std::is_same_v<T, std::string>) {
      gguf_append_string(out, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      out.push_back(value ? '\1' : '\0');
    } else {
      gguf_append(out, value);
    }
  }
}

inline void gguf_pad(std::string& out, std::size_t alignment) {
  out.append((alignment - out.size() % alignment) % alignment, '\0');
}

/// llama_ftype, what llama.cpp shows as the format of the whole file.
constexpr std::uint32_t gguf_file_type(DType dtype) {
  switch (dtype) {
  case DType::f16:
    return 1;
  case DType::q8_0:
    return 7;
  case DType::bf16:
    return 32;
  default:
    return 0;
  }
}

} // namespace detail

/// Writes a model: the metadata, then the tensors in the order given, matrices as dtype (F32, F16, BF16 or Q8_0, see
/// gguf_dtype_for), aligned to 32 bytes. general.file_type and general.quantization_version are set to what is
/// written, general.alignment is left out (32 is its default).
/// Throws: Error that names the file and the tensor or key (a format that is not written, a name twice or longer than
/// the 63 bytes that llama.cpp allows, values that do not fit the shape), or the reason why the system cannot write;
/// then the old file, or none, is there.
inline void write_gguf(std::string const& path, GgufMetadata metadata, std::span<TensorToWrite const> tensors,
                       DType dtype) {
  if (!can_write(dtype)) {
    throw Error(path, std::string(name_of(dtype)), "F32, F16, BF16 or Q8_0 in a GGUF file that srlm writes");
  }
  std::size_t constexpr alignment = 32;
  metadata.set("general.file_type", detail::gguf_file_type(dtype));
  metadata.set("general.quantization_version", std::uint32_t{2});
  std::string header = "GGUF";
  std::uint64_t pairs = 0;
  std::string body;
  for (auto const& [key, value] : metadata.entries()) {
    if (key == "general.alignment") {
      continue;
    }
    detail::gguf_append_string(body, key);
    std::string const where = path + ": " + key;
    std::visit([&](auto const& v) { detail::gguf_append_value(body, v, true, where); }, value);
    ++pairs;
  }
  detail::gguf_append(header, std::uint32_t{3});
  detail::gguf_append(header, static_cast<std::uint64_t>(tensors.size()));
  detail::gguf_append(header, pairs);
  header += body;
  std::set<std::string> names;
  std::uint64_t offset = 0;
  for (TensorToWrite const& tensor : tensors) {
    if (tensor.name.empty() || tensor.name.size() > 63 || !names.insert(tensor.name).second) {
      throw Error(path, "the tensor name \"" + tensor.name + "\"", "one of 1 to 63 bytes that is used once");
    }
    if (tensor.shape.empty() || tensor.shape.size() > 4) {
      throw Error(path + ": tensor " + tensor.name, "the shape " + shape_text(tensor.shape), "1 to 4 dimensions");
    }
    DType const stored = gguf_dtype_for(tensor, dtype);
    std::size_t const size = checked_byte_count(tensor, stored, path);
    detail::gguf_append_string(header, tensor.name);
    detail::gguf_append(header, static_cast<std::uint32_t>(tensor.shape.size()));
    for (std::size_t i = tensor.shape.size(); i-- > 0;) {
      detail::gguf_append(header, static_cast<std::uint64_t>(tensor.shape[i]));
    }
    detail::gguf_append(header, ggml_type_id(stored));
    detail::gguf_append(header, offset);
    offset += (size + alignment - 1) / alignment * alignment;
  }
  detail::gguf_pad(header, alignment);
  AtomicFile file(path);
  file.write(header);
  std::string padding;
  for (TensorToWrite const& tensor : tensors) {
    write_values(file, tensor.values, gguf_dtype_for(tensor, dtype));
    padding.assign((alignment - file.size() % alignment) % alignment, '\0');
    file.write(padding);
  }
  file.commit();
}

} // namespace srlm::io
