/// A named array of numbers inside a file, seen and not copied, and one that is to be written. Shapes are row-major
/// with the outermost dimension first (Hugging Face's order); GGUF's order is turned around at its reader and writer.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/dequantize.hpp>
#include <srlm/io/dtype.hpp>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace srlm::io {

/// A tensor of an open file; the bytes belong to the file object that gave it.
struct TensorSource {
  std::string name;
  DType dtype = DType::f32;
  std::vector<std::size_t> shape; ///< outermost first; empty: a single number
  std::span<std::byte const> bytes;
};

/// A tensor to store: values in row-major order, as many as the product of the shape.
struct TensorToWrite {
  std::string name;
  std::vector<std::size_t> shape; ///< outermost first
  std::span<float const> values;
};

/// "[2, 3]", for messages.
inline std::string shape_text(std::span<std::size_t const> shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + "]";
}

/// The product of the shape; nullopt if it is beyond what memory can address.
inline std::optional<std::size_t> element_count(std::span<std::size_t const> shape) {
  std::size_t constexpr most = std::numeric_limits<std::size_t>::max() / 16;
  std::size_t count = 1;
  bool zero = false;
  for (std::size_t const extent : shape) {
    if (extent == 0) {
      zero = true;
    } else if (count > most / extent) {
      return std::nullopt;
    } else {
      count *= extent;
    }
  }
  return zero ? 0 : count;
}

/// How many bytes a tensor of this shape takes; nullopt if that overflows, or if rows are not whole blocks.
inline std::optional<std::size_t> byte_count(DType dtype, std::span<std::size_t const> shape) {
  std::optional<std::size_t> const count = element_count(shape);
  std::size_t const innermost = shape.empty() ? 1 : shape.back();
  if (!count || innermost % block_values(dtype) != 0) {
    return std::nullopt;
  }
  std::size_t const blocks = *count / block_values(dtype);
  if (blocks > std::numeric_limits<std::size_t>::max() / block_bytes(dtype)) {
    return std::nullopt;
  }
  return blocks * block_bytes(dtype);
}

/// All values of a tensor as floats. out has one place for each. Throws: Error that names the tensor if the shape, the
/// bytes and out do not belong together.
inline void read_f32(TensorSource const& tensor, std::span<float> out) {
  std::optional<std::size_t> const count = element_count(tensor.shape);
  if (!count || *count != out.size()) {
    throw Error("read_f32: tensor " + tensor.name, "room for " + std::to_string(out.size()) + " values",
                "as many as its shape " + shape_text(tensor.shape) + " has");
  }
  std::optional<std::size_t> const size = byte_count(tensor.dtype, tensor.shape);
  if (!size || *size != tensor.bytes.size()) {
    throw Error(
        "read_f32: tensor " + tensor.name, std::to_string(tensor.bytes.size()) + " bytes",
        "as many as " + std::string(name_of(tensor.dtype)) + " of shape " + shape_text(tensor.shape) + " takes");
  }
  dequantize(tensor.dtype, tensor.bytes, out);
}

/// All values of a tensor as floats, in row-major order.
inline std::vector<float> read_f32(TensorSource const& tensor) {
  std::optional<std::size_t> const size = byte_count(tensor.dtype, tensor.shape);
  if (!size || *size != tensor.bytes.size()) { // before room is made for what the shape claims
    throw Error(
        "read_f32: tensor " + tensor.name, std::to_string(tensor.bytes.size()) + " bytes",
        "as many as " + std::string(name_of(tensor.dtype)) + " of shape " + shape_text(tensor.shape) + " takes");
  }
  std::vector<float> values(*element_count(tensor.shape));
  read_f32(tensor, values);
  return values;
}

/// The tensor of that name, or nullptr.
inline TensorSource const* find_tensor(std::span<TensorSource const> tensors, std::string_view name) {
  for (TensorSource const& tensor : tensors) {
    if (tensor.name == name) {
      return &tensor;
    }
  }
  return nullptr;
}

} // namespace srlm::io
