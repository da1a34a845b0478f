/// Reads one .safetensors file: 8 bytes with the length of a JSON header, the header, and the numbers. The header says
/// for each tensor its dtype, shape and place; nothing of it is believed before it is checked against the file.
/// Format: https://huggingface.co/docs/safetensors (section Format).
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/json.hpp>
#include <srlm/io/mapped_file.hpp>
#include <srlm/io/tensor.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility> // move
#include <vector>

namespace srlm::io {

/// An open file; its tensors look into the mapping and live as long as this object.
/// Throws (constructor): Error that names the file, the tensor and the reason. Only F32, F16 and BF16 are read.
class SafetensorsFile {
 public:
  /// The longest header that is read, as in the reference implementation.
  static constexpr std::uint64_t longest_header = 100'000'000;

  explicit SafetensorsFile(std::string path) : file_(std::move(path)) {
    std::span<std::byte const> const bytes = file_.bytes();
    if (bytes.size() < 8) {
      throw Error(file_.path(), std::to_string(bytes.size()) + " bytes", "a safetensors file of at least 8");
    }
    std::uint64_t length = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      length |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
    }
    if (length > longest_header || length > bytes.size() - 8) {
      throw Error(file_.path() + ": safetensors header",
                  std::to_string(length) + " as its length in a file of " + std::to_string(bytes.size()) + " bytes",
                  "at most what the file holds, and at most " + std::to_string(longest_header));
    }
    auto const header_bytes = bytes.subspan(8, static_cast<std::size_t>(length));
    std::string_view const text(reinterpret_cast<char const*>(header_bytes.data()), header_bytes.size());
    Json const header = parse_json(text, file_.path() + ": safetensors header", DuplicateKeys::refuse);
    if (!header.is_object()) {
      throw Error(file_.path() + ": safetensors header", excerpt(header), "a JSON object");
    }
    read_header(header, bytes.subspan(8 + header_bytes.size()));
  }

  /// In the order of their places in the file.
  std::vector<TensorSource> const& tensors() const { return tensors_; }

  /// The free-form entries of "__metadata__".
  std::map<std::string, std::string> const& metadata() const { return metadata_; }

  std::string const& path() const { return file_.path(); }

 private:
  void read_header(Json const& header, std::span<std::byte const> data) {
    std::vector<std::pair<std::size_t, std::size_t>> places; // begin, index into tensors_
    for (auto const& [name, entry] : header.items()) {
      if (name == "__metadata__") {
        read_metadata(entry);
        continue;
      }
      TensorSource tensor = read_entry(name, entry, data);
      places.emplace_back(static_cast<std::size_t>(tensor.bytes.data() - data.data()), tensors_.size());
      tensors_.push_back(std::move(tensor));
    }
    std::sort(places.begin(), places.end(), [this](auto const& a, auto const& b) {
      std::size_t const size_a = tensors_[a.second].bytes.size(), size_b = tensors_[b.second].bytes.size();
      return a.first != b.first ? a.first < b.first : size_a < size_b; // empty tensors before what shares their place
    });
    std::vector<TensorSource> ordered;
    ordered.reserve(places.size());
    std::size_t end = 0;
    for (auto const& [begin, index] : places) {
      TensorSource& tensor = tensors_[index];
      if (begin != end) { // the format allows neither overlaps nor holes
        throw Error(at(tensor.name), "bytes from " + std::to_string(begin),
                    "from " + std::to_string(end) + ", where the tensor before it ends");
      }
      end = begin + tensor.bytes.size();
      ordered.push_back(std::move(tensor));
    }
    if (end != data.size()) {
      throw Error(file_.path(), std::to_string(data.size()) + " bytes of numbers",
                  std::to_string(end) + ", where its last tensor ends");
    }
    tensors_ = std::move(ordered);
  }

  void read_metadata(Json const& entry) {
    if (!entry.is_object()) {
      throw Error(file_.path() + ": __metadata__", excerpt(entry), "an object of strings");
    }
    for (auto const& [key, value] : entry.items()) {
      if (!value.is_string()) {
        throw Error(file_.path() + ": __metadata__: " + key, excerpt(value), "a string");
      }
      metadata_[key] = value.get<std::string>();
    }
  }

  TensorSource read_entry(std::string const& name, Json const& entry, std::span<std::byte const> data) const {
    std::string const where = at(name);
    TensorSource tensor;
    tensor.name = name;
    std::string const dtype = required_string(entry, "dtype", where);
    if (dtype == "F32") {
      tensor.dtype = DType::f32;
    } else if (dtype == "F16") {
      tensor.dtype = DType::f16;
    } else if (dtype == "BF16") {
      tensor.dtype = DType::bf16;
    } else {
      throw Error(where, "the dtype " + excerpt(dtype), "F32, F16 or BF16");
    }
    for (Json const& extent : required_array(entry, "shape", where)) {
      tensor.shape.push_back(whole(extent, where + ": shape"));
    }
    Json const& offsets = required_array(entry, "data_offsets", where);
    if (offsets.size() != 2) {
      throw Error(where + ": data_offsets", excerpt(offsets), "two numbers, begin and end");
    }
    std::size_t const begin = whole(offsets[0], where + ": data_offsets");
    std::size_t const end = whole(offsets[1], where + ": data_offsets");
    if (begin > end || end > data.size()) {
      throw Error(where + ": data_offsets", std::to_string(begin) + " to " + std::to_string(end),
                  "a range within the " + std::to_string(data.size()) + " bytes of numbers in the file");
    }
    std::optional<std::size_t> const size = byte_count(tensor.dtype, tensor.shape);
    if (!size || *size != end - begin) {
      throw Error(where, std::to_string(end - begin) + " bytes",
                  size ? std::to_string(*size) + " for " + dtype + " of shape " + shape_text(tensor.shape)
                       : "a shape that memory can hold, not " + shape_text(tensor.shape));
    }
    tensor.bytes = data.subspan(begin, end - begin);
    return tensor;
  }

  std::string at(std::string const& name) const { return file_.path() + ": tensor " + name; }

  static std::size_t whole(Json const& value, std::string const& where) {
    if (!value.is_number_unsigned()) {
      throw Error(where, excerpt(value), "a whole number that is not negative");
    }
    return value.get<std::size_t>();
  }

  MappedFile file_;
  std::vector<TensorSource> tensors_;
  std::map<std::string, std::string> metadata_;
};

} // namespace srlm::io
