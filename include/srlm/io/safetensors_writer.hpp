/// Writes a .safetensors file, whole or not at all (see AtomicFile).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/json.hpp>
#include <srlm/io/quantize.hpp>
#include <srlm/io/tensor.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace srlm::io {

/// How many bytes a tensor takes when it is written so. Throws: Error if values and shape do not belong together.
inline std::size_t checked_byte_count(TensorToWrite const& tensor, DType dtype, std::string const& where) {
  std::optional<std::size_t> const count = element_count(tensor.shape);
  if (!count || *count != tensor.values.size()) {
    throw Error(where + ": tensor " + tensor.name, std::to_string(tensor.values.size()) + " values",
                "as many as its shape " + shape_text(tensor.shape) + " has");
  }
  std::optional<std::size_t> const size = byte_count(dtype, tensor.shape);
  if (!size) {
    throw Error(where + ": tensor " + tensor.name, "rows of " + std::to_string(tensor.shape.back()) + " values",
                "whole blocks of " + std::to_string(block_values(dtype)) + " for " + std::string(name_of(dtype)));
  }
  return *size;
}

/// Appends the values of a tensor in their stored form, a piece at a time.
inline void write_values(AtomicFile& file, std::span<float const> values, DType dtype) {
  std::size_t constexpr piece = std::size_t{1} << 16; // a whole number of blocks of every format
  std::vector<std::byte> stored;
  for (std::size_t done = 0; done < values.size(); done += piece) {
    std::span<float const> const part = values.subspan(done, std::min(piece, values.size() - done));
    stored.resize(part.size() / block_values(dtype) * block_bytes(dtype));
    quantize(dtype, part, stored);
    file.write(stored);
  }
}

/// Writes the tensors, in the order given, as F32, F16 or BF16. metadata: free-form entries; "format": "pt" is added
/// where absent, since transformers asks for it.
/// Throws: Error that names the file and the tensor (twice the same name, values that do not fit the shape) or the
/// reason why the system cannot write; then the old file, or none, is there.
inline void write_safetensors(std::string const& path, std::span<TensorToWrite const> tensors, DType dtype = DType::f32,
                              std::map<std::string, std::string> metadata = {}) {
  if (dtype != DType::f32 && dtype != DType::f16 && dtype != DType::bf16) {
    throw Error(path, std::string(name_of(dtype)), "F32, F16 or BF16 in a safetensors file");
  }
  metadata.try_emplace("format", "pt");
  OrderedJson header = OrderedJson::object();
  header["__metadata__"] = metadata;
  std::set<std::string> names;
  std::size_t end = 0;
  for (TensorToWrite const& tensor : tensors) {
    if (tensor.name.empty() || tensor.name == "__metadata__" || !names.insert(tensor.name).second) {
      throw Error(path, "the tensor name \"" + tensor.name + "\"", "one that is not empty, not reserved and used once");
    }
    std::size_t const begin = end;
    end += checked_byte_count(tensor, dtype, path);
    OrderedJson entry;
    entry["dtype"] = std::string(name_of(dtype));
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {begin, end};
    // push_back: ordered_json looks a key up in linear time, and names are known to differ
    header.get_ref<OrderedJson::object_t&>().push_back({tensor.name, std::move(entry)});
  }
  std::string text;
  try {
    text = header.dump();
  } catch (OrderedJson::exception const& problem) {
    throw Error(path, "a name that JSON cannot hold (" + std::string(problem.what()) + ")", "UTF-8");
  }
  text.append((8 - text.size() % 8) % 8, ' '); // numbers start at a multiple of 8, as the reference makes it
  std::byte length[8];
  for (std::size_t i = 0; i < 8; ++i) {
    length[i] = static_cast<std::byte>((static_cast<std::uint64_t>(text.size()) >> (8 * i)) & 0xFFu);
  }
  AtomicFile file(path);
  file.write(length);
  file.write(text);
  for (TensorToWrite const& tensor : tensors) {
    write_values(file, tensor.values, dtype);
  }
  file.commit();
}

} // namespace srlm::io
