/// The key-value part of a GGUF file: what a reader found and what a writer stores. Typed access, with errors that say
/// which key is missing or of another type.
/// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
#pragma once
#include <srlm/core/error.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility> // in_range, move
#include <variant>
#include <vector>

namespace srlm::io {

/// An array of arrays: allowed by the format, used by no model that srlm knows; it is checked and not kept.
struct GgufNested {
  std::uint64_t count = 0;
};

using GgufValue =
    std::variant<std::uint8_t, std::int8_t, std::uint16_t, std::int16_t, std::uint32_t, std::int32_t, float, bool,
                 std::string, std::uint64_t, std::int64_t, double, std::vector<std::uint8_t>, std::vector<std::int8_t>,
                 std::vector<std::uint16_t>, std::vector<std::int16_t>, std::vector<std::uint32_t>,
                 std::vector<std::int32_t>, std::vector<float>, std::vector<bool>, std::vector<std::string>,
                 std::vector<std::uint64_t>, std::vector<std::int64_t>, std::vector<double>, GgufNested>;

/// The number that GGUF gives a scalar type.
template <class T>
constexpr std::uint32_t gguf_type_id() {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return 0;
  } else if constexpr (std::is_same_v<T, std::int8_t>) {
    return 1;
  } else if constexpr (std::is_same_v<T, std::uint16_t>) {
    return 2;
  } else if constexpr (std::is_same_v<T, std::int16_t>) {
    return 3;
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    return 4;
  } else if constexpr (std::is_same_v<T, std::int32_t>) {
    return 5;
  } else if constexpr (std::is_same_v<T, float>) {
    return 6;
  } else if constexpr (std::is_same_v<T, bool>) {
    return 7;
  } else if constexpr (std::is_same_v<T, std::string>) {
    return 8;
  } else if constexpr (std::is_same_v<T, std::uint64_t>) {
    return 10;
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return 11;
  } else {
    static_assert(std::is_same_v<T, double>, "srlm: GGUF has no such type");
    return 12;
  }
}

/// The number that stands for "array" where a type is expected.
inline constexpr std::uint32_t gguf_array_id = 9;

/// Whether a type of GgufValue is an array.
template <class T>
inline constexpr bool is_gguf_array = false;
template <class T>
inline constexpr bool is_gguf_array<std::vector<T>> = true;

namespace detail {

/// A whole number that is not bool.
template <class T>
inline constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// What is stored -> what is asked for: integers of any width if the value fits, floats to floats, else the same type.
template <class To, class From>
bool gguf_convert(From const& from, To& to) {
  if constexpr (is_gguf_array<To> && is_gguf_array<From>) {
    using Inner = typename To::value_type;
    to.clear();
    to.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      typename From::value_type const element = from[i];
      Inner converted = {};
      if (!gguf_convert(element, converted)) {
        return false;
      }
      to.push_back(std::move(converted));
    }
    return true;
  } else if constexpr (is_gguf_array<To> || is_gguf_array<From>) {
    return false;
  } else if constexpr (is_whole<To> && is_whole<From>) {
    if (!std::in_range<To>(from)) {
      return false;
    }
    to = static_cast<To>(from);
    return true;
  } else if constexpr (std::is_floating_point_v<To> && std::is_floating_point_v<From>) {
    to = static_cast<To>(from);
    return true;
  } else if constexpr (std::is_same_v<To, From>) {
    to = from;
    return true;
  } else {
    return false;
  }
}

template <class T>
std::string gguf_type_name() {
  if constexpr (is_gguf_array<T>) {
    return "an array of " + gguf_type_name<typename T::value_type>() + " values";
  } else if constexpr (std::is_same_v<T, GgufNested>) {
    return "an array of arrays";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return "string";
  } else if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_floating_point_v<T>) {
    return sizeof(T) == 4 ? "float32" : "float64";
  } else {
    return (std::is_signed_v<T> ? "int" : "uint") + std::to_string(8 * sizeof(T));
  }
}

} // namespace detail

/// Keys and values in the order of the file.
class GgufMetadata {
 public:
  using Entry = std::pair<std::string, GgufValue>;

  /// where: the file, for messages.
  explicit GgufMetadata(std::string where = "GGUF metadata") : where_(std::move(where)) {}

  /// Sets a key, replacing what it had. The type of the value is the type that is stored.
  void set(std::string const& key, GgufValue value) {
    if (auto const found = index_.find(key); found != index_.end()) {
      entries_[found->second].second = std::move(value);
      return;
    }
    index_.emplace(key, entries_.size());
    entries_.emplace_back(key, std::move(value));
  }

  bool contains(std::string const& key) const { return index_.contains(key); }

  /// The value as a T (bool, an integer, float, double, string, or a vector of these); nullopt if the key is absent.
  /// Integers are converted between widths where the value fits, float and double into each other.
  /// Throws: Error that names the key if the value is of another type.
  template <class T>
  std::optional<T> find(std::string const& key) const {
    auto const found = index_.find(key);
    if (found == index_.end()) {
      return std::nullopt;
    }
    T result = {};
    GgufValue const& value = entries_[found->second].second;
    bool const converted = std::visit([&](auto const& stored) { return detail::gguf_convert(stored, result); }, value);
    if (!converted) {
      throw Error(where_ + ": " + key, type_of(value) + (detail::is_whole<T> ? " or a number out of range" : ""),
                  detail::gguf_type_name<T>());
    }
    return result;
  }

  /// The same; an absent key is an Error too.
  template <class T>
  T get(std::string const& key) const {
    std::optional<T> value = find<T>(key);
    if (!value) {
      throw Error(where_ + ": the metadata key " + key + " is missing");
    }
    return *std::move(value);
  }

  std::vector<Entry> const& entries() const { return entries_; }
  std::string const& where() const { return where_; }

 private:
  static std::string type_of(GgufValue const& value) {
    return std::visit([](auto const& v) { return detail::gguf_type_name<std::decay_t<decltype(v)>>(); }, value);
  }

  std::string where_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> index_;
};

} // namespace srlm::io
