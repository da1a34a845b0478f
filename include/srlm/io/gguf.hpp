/// Reads GGUF, the model file of llama.cpp, versions 2 and 3, little endian. Every count, length and offset of the file
/// is compared with the bytes that are there before it is used: a count of 2^60 costs nothing but an error message.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/ggml_types.hpp>
#include <srlm/io/gguf_metadata.hpp>
#include <srlm/io/mapped_file.hpp>
#include <srlm/io/tensor.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring> // memcpy
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility> // move
#include <vector>

namespace srlm::io {

namespace detail {

/// Reads little-endian values off the front of a file; refuses to go past the end.
class GgufCursor {
 public:
  GgufCursor(std::span<std::byte const> bytes, std::string const& path) : bytes_(bytes), path_(path) {}

  std::size_t offset() const { return offset_; }
  std::size_t left() const { return bytes_.size() - offset_; }

  template <class T>
  T number(char const* what) {
    if (left() < sizeof(T)) {
      fail(std::string("the end of the file"), std::string(what));
    }
    T value;
    std::memcpy(&value, bytes_.data() + offset_, sizeof(T));
    offset_ += sizeof(T);
    return value;
  }

  std::string string(char const* what, std::uint64_t longest = std::numeric_limits<std::uint64_t>::max()) {
    auto const length = number<std::uint64_t>(what);
    if (length > longest) {
      fail("a length of " + std::to_string(length) + " for " + what, "at most " + std::to_string(longest));
    }
    if (length > left()) {
      fail("a length of " + std::to_string(length) + " for " + what,
           "at most the " + std::to_string(left()) + " bytes left in the file");
    }
    std::string value(reinterpret_cast<char const*>(bytes_.data() + offset_), static_cast<std::size_t>(length));
    offset_ += value.size();
    return value;
  }

  /// A number of elements, each of which takes at least `least` bytes.
  std::size_t count(char const* what, std::size_t least) {
    auto const value = number<std::uint64_t>(what);
    check_count(value, what, least);
    return static_cast<std::size_t>(value);
  }

  void check_count(std::uint64_t value, char const* what, std::size_t least) const {
    if (value > left() / least) {
      fail(std::to_string(value) + " as " + what,
           "at most what the " + std::to_string(left()) + " bytes left in the file can hold");
    }
  }

  [[noreturn]] void fail(std::string const& given, std::string const& expected) const {
    throw Error(path_ + ": GGUF, offset " + std::to_string(offset_), given, expected);
  }

 private:
  std::span<std::byte const> bytes_;
  std::size_t offset_ = 0;
  std::string const& path_;
};

template <class T>
T gguf_scalar(GgufCursor& cursor) {
  if constexpr (std::is_same_v<T, std::string>) {
    return cursor.string("a metadata string");
  } else if constexpr (std::is_same_v<T, bool>) {
    auto const byte = cursor.number<std::uint8_t>("a metadata bool");
    if (byte > 1) {
      cursor.fail("the byte " + std::to_string(byte) + " as a bool", "0 or 1");
    }
    return byte == 1;
  } else {
    return cursor.number<T>("a metadata number");
  }
}

/// Calls f with a value of the C++ type that has this GGUF number; false for an unknown number or "array".
template <class F>
bool with_gguf_type(std::uint32_t id, F&& f) {
  auto const visit = [&]<class... T>(std::variant<T...> const*) {
    return ((gguf_type_id<T>() == id ? (f(T{}), true) : false) || ...);
  };
  using Scalars = std::variant<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t,
                               float, bool, std::string, std::uint64_t, std::int64_t, double>;
  return visit(static_cast<Scalars const*>(nullptr));
}

inline GgufValue gguf_array(GgufCursor& cursor, int depth) {
  auto const element = cursor.number<std::uint32_t>("an array's element type");
  if (element == gguf_array_id) {
    if (depth >= 4) {
      cursor.fail("arrays nested deeper than 4", "fewer levels");
    }
    std::size_t const count = cursor.count("an array's length", 12); // an inner array takes 12 bytes at least
    for (std::size_t i = 0; i < count; ++i) {
      gguf_array(cursor, depth + 1);
    }
    return GgufNested{count};
  }
  GgufValue result;
  bool const known = with_gguf_type(element, [&]<class T>(T const&) {
    std::size_t constexpr least = std::is_same_v<T, std::string> ? 8 : sizeof(T);
    std::size_t const count = cursor.count("an array's length", least);
    std::vector<T> values;
    values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(gguf_scalar<T>(cursor));
    }
    result = std::move(values);
  });
  if (!known) {
    cursor.fail("the element type " + std::to_string(element), "0 to 12");
  }
  return result;
}

inline GgufValue gguf_value(GgufCursor& cursor) {
  auto const type = cursor.number<std::uint32_t>("a metadata type");
  if (type == gguf_array_id) {
    return gguf_array(cursor, 1);
  }
  GgufValue result;
  if (!with_gguf_type(type, [&]<class T>(T const&) { result = gguf_scalar<T>(cursor); })) {
    cursor.fail("the metadata type " + std::to_string(type), "0 to 12");
  }
  return result;
}

} // namespace detail

/// An open GGUF file; its tensors look into the mapping and live as long as this object.
/// Throws (constructor): Error that names the file, the place and the reason.
class GgufFile {
 public:
  explicit GgufFile(std::string path) : file_(std::move(path)), metadata_(file_.path()) {
    detail::GgufCursor cursor(file_.bytes(), file_.path());
    auto const magic = cursor.number<std::uint32_t>("the magic number");
    if (magic != 0x46554747u) { // "GGUF"
      throw Error(file_.path(), "a file that does not start with \"GGUF\"", "a GGUF file");
    }
    version_ = cursor.number<std::uint32_t>("the version");
    if (version_ != 2 && version_ != 3) {
      bool const big_endian = version_ != 0 && (version_ & 0xFFFFu) == 0;
      throw Error(file_.path(), big_endian ? "a big-endian GGUF" : "GGUF version " + std::to_string(version_),
                  "version 2 or 3, little endian");
    }
    std::size_t const tensors = cursor.count("the tensor count", 8);
    std::size_t const pairs = cursor.count("the metadata count", 8 + 4 + 1);
    cursor.check_count(tensors, "the tensor count", 8 + 4 + 4 + 8);
    for (std::size_t i = 0; i < pairs; ++i) {
      std::string const key = cursor.string("a metadata key", longest_name);
      if (key.empty() || metadata_.contains(key)) {
        cursor.fail("the metadata key \"" + key + "\"" + (key.empty() ? "" : " twice"), "each key once");
      }
      metadata_.set(key, detail::gguf_value(cursor));
    }
    if (metadata_.find<std::uint32_t>("split.count").value_or(1) > 1) {
      throw Error(file_.path(), "one part of a model that is split over several files",
                  "a whole one (llama-gguf-split --merge makes it)");
    }
    read_tensors(cursor, tensors);
  }

  GgufMetadata const& metadata() const { return metadata_; }

  /// In the order of the file. Shapes are turned around: outermost first.
  std::vector<TensorSource> const& tensors() const { return tensors_; }

  std::uint32_t version() const { return version_; }
  std::string const& path() const { return file_.path(); }

 private:
  static constexpr std::uint64_t longest_name = 65535; // the format's limit for keys

  struct Place {
    std::uint64_t begin = 0;
    std::size_t size = 0;
  };

  void read_tensors(detail::GgufCursor& cursor, std::size_t count) {
    auto const alignment = metadata_.find<std::uint32_t>("general.alignment").value_or(32);
    if (alignment == 0 || (alignment & (alignment - 1)) != 0 || alignment > (1u << 20)) {
      throw Error(file_.path() + ": general.alignment", std::to_string(alignment), "a power of two up to 2^20");
    }
    std::vector<Place> places(count);
    std::unordered_set<std::string> names;
    tensors_.reserve(count);
    for (Place& place : places) {
      TensorSource tensor;
      place.begin = read_info(cursor, tensor);
      if (!names.insert(tensor.name).second) {
        cursor.fail("the tensor name " + tensor.name + " twice", "each name once");
      }
      if (place.begin % alignment != 0) {
        throw Error(at(tensor), "the offset " + std::to_string(place.begin),
                    "a multiple of the alignment " + std::to_string(alignment));
      }
      place.size = *byte_count(tensor.dtype, tensor.shape); // checked by read_info
      tensors_.push_back(std::move(tensor));
    }
    std::span<std::byte const> const bytes = file_.bytes();
    std::size_t const start = std::min(bytes.size(), (cursor.offset() + alignment - 1) / alignment * alignment);
    std::span<std::byte const> const data = bytes.subspan(start);
    for (std::size_t i = 0; i < count; ++i) {
      if (places[i].begin > data.size() || places[i].size > data.size() - places[i].begin) {
        throw Error(
            at(tensors_[i]), std::to_string(places[i].size) + " bytes from " + std::to_string(places[i].begin),
            "a range within the " + std::to_string(data.size()) + " bytes of numbers in the file (is it cut short?)");
      }
      tensors_[i].bytes = data.subspan(static_cast<std::size_t>(places[i].begin), places[i].size);
    }
    refuse_overlaps(places);
  }

  void refuse_overlaps(std::vector<Place> const& places) const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i].size != 0) {
        order.push_back(i);
      }
    }
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return places[a].begin < places[b].begin; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      Place const& before = places[order[i - 1]];
      if (before.begin + before.size > places[order[i]].begin) {
        throw Error(at(tensors_[order[i]]), "bytes that " + tensors_[order[i - 1]].name + " has too", "its own");
      }
    }
  }

  /// One entry of the tensor list; returns the offset of its numbers.
  std::uint64_t read_info(detail::GgufCursor& cursor, TensorSource& tensor) const {
    tensor.name = cursor.string("a tensor name", longest_name);
    auto const dimensions = cursor.number<std::uint32_t>("a number of dimensions");
    if (dimensions > 4) {
      cursor.fail(std::to_string(dimensions) + " dimensions for the tensor " + tensor.name, "at most 4");
    }
    for (std::uint32_t i = 0; i < dimensions; ++i) {
      auto const extent = cursor.number<std::uint64_t>("a dimension");
      if (!std::in_range<std::size_t>(extent)) {
        cursor.fail(std::to_string(extent) + " as a dimension of the tensor " + tensor.name, "a size of this machine");
      }
      tensor.shape.push_back(static_cast<std::size_t>(extent));
    }
    std::reverse(tensor.shape.begin(), tensor.shape.end()); // GGUF stores the innermost first
    auto const type = cursor.number<std::uint32_t>("a tensor type");
    std::optional<DType> const dtype = dtype_of_ggml(type);
    if (!dtype) {
      throw Error(at(tensor),
                  "the format " + std::string(ggml_type_name(type)) + " (ggml type " + std::to_string(type) + ")",
                  "one of " + dtype_names());
    }
    tensor.dtype = *dtype;
    if (!byte_count(tensor.dtype, tensor.shape)) {
      throw Error(at(tensor), "the shape " + shape_text(tensor.shape),
                  "one that memory can hold, with rows of whole blocks of " + std::to_string(block_values(*dtype)));
    }
    return cursor.number<std::uint64_t>("a tensor offset");
  }

  std::string at(TensorSource const& tensor) const { return file_.path() + ": tensor " + tensor.name; }

  MappedFile file_;
  GgufMetadata metadata_;
  std::vector<TensorSource> tensors_;
  std::uint32_t version_ = 0;
};

} // namespace srlm::io
