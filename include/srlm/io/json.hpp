/// JSON texts and files by nlohmann-json, with limits that a hostile file meets before it costs anything, and checked
/// access to fields: every error says in which file or line, under which key, what was found and what belongs there.
#pragma once
#include <srlm/core/error.hpp>
#include <srlm/io/atomic_file.hpp>
#include <srlm/io/mapped_file.hpp>
#include <nlohmann/json.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::io {

using Json = nlohmann::json;
using OrderedJson = nlohmann::ordered_json; ///< keeps the order of keys, for the writers

inline constexpr int json_depth_limit = 64;

/// What to do with a key that an object has twice: JSON leaves it open, and parsers keep the last.
enum class DuplicateKeys { keep_last, refuse };

/// Parses one JSON text. where: what the text is, for messages ("config.json", "seeds.jsonl:12").
/// Throws: Error for bad syntax, ill-formed UTF-8, nesting deeper than 64, and duplicate keys where those are refused.
inline Json parse_json(std::string_view text, std::string const& where,
                       DuplicateKeys duplicates = DuplicateKeys::keep_last) {
  std::vector<std::set<std::string>> keys; // of the open objects and arrays
  auto const check = [&](int, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      keys.emplace_back();
      if (keys.size() > static_cast<std::size_t>(json_depth_limit)) {
        throw Error(where, "JSON nested deeper than " + std::to_string(json_depth_limit), "less deep JSON");
      }
    } else if (event == Event::object_end || event == Event::array_end) {
      keys.pop_back();
    } else if (event == Event::key && duplicates == DuplicateKeys::refuse) {
      if (!keys.back().insert(parsed.get<std::string>()).second) {
        throw Error(where, "the key \"" + parsed.get<std::string>() + "\" twice", "each key once in an object");
      }
    }
    return true;
  };
  try {
    return Json::parse(text.begin(), text.end(), check);
  } catch (Json::exception const& problem) {
    std::string reason = problem.what(); // "[json.exception.parse_error.101] parse error at line 1, column 2: ..."
    if (std::size_t const end = reason.find("] "); end != std::string::npos) {
      reason.erase(0, end + 2);
    }
    throw Error(where + ": not JSON: " + reason);
  }
}

/// Parses a file. A UTF-8 byte-order mark at its start is skipped.
inline Json read_json_file(std::string const& path, DuplicateKeys duplicates = DuplicateKeys::keep_last) {
  MappedFile const file(path);
  std::string_view text(reinterpret_cast<char const*>(file.bytes().data()), file.bytes().size());
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  return parse_json(text, path, duplicates);
}

/// The same, or nullopt where there is no such file.
inline std::optional<Json> read_json_file_if_present(std::string const& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return std::nullopt;
  }
  return read_json_file(path);
}

/// Writes a document atomically, indented by two, with a final newline. Throws: Error, also for text that is not UTF-8.
inline void write_json_file(std::string const& path, OrderedJson const& document) {
  std::string text;
  try {
    text = document.dump(2) + "\n";
  } catch (OrderedJson::exception const& problem) {
    throw Error(path, "text that JSON cannot hold (" + std::string(problem.what()) + ")", "UTF-8");
  }
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

/// The beginning of a value as text, for messages.
inline std::string excerpt(Json const& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) {
    std::size_t end = 60;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) { // not inside a character
      --end;
    }
    text = text.substr(0, end) + "...";
  }
  return text;
}

/// The value under a key, or nullptr if the key is absent or null. Throws: Error unless object is one.
inline Json const* optional_field(Json const& object, std::string const& key, std::string const& where) {
  if (!object.is_object()) {
    throw Error(where, excerpt(object), "a JSON object");
  }
  auto const found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// The value under a key. Throws: Error if the key is absent or null.
inline Json const& required_field(Json const& object, std::string const& key, std::string const& where) {
  Json const* const value = optional_field(object, key, where);
  if (value == nullptr) {
    throw Error(where + ": the field \"" + key + "\" is missing");
  }
  return *value;
}

inline std::optional<std::string> optional_string(Json const& object, std::string const& key,
                                                  std::string const& where) {
  Json const* const value = optional_field(object, key, where);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(*value), "a string");
  }
  return value->get<std::string>();
}

inline std::string required_string(Json const& object, std::string const& key, std::string const& where) {
  required_field(object, key, where);
  return *optional_string(object, key, where);
}

/// A finite number. JSON integers count.
inline std::optional<double> optional_number(Json const& object, std::string const& key, std::string const& where) {
  Json const* const value = optional_field(object, key, where);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_number()) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(*value), "a number");
  }
  return value->get<double>();
}

inline double required_number(Json const& object, std::string const& key, std::string const& where) {
  required_field(object, key, where);
  return *optional_number(object, key, where);
}

/// A whole number of at most 64 bits with sign. A float such as 3.0 is none.
inline std::optional<std::int64_t> optional_integer(Json const& object, std::string const& key,
                                                    std::string const& where) {
  Json const* const value = optional_field(object, key, where);
  if (value == nullptr) {
    return std::nullopt;
  }
  bool const fits = value->is_number_integer() &&
                    (!value->is_number_unsigned() || value->get<std::uint64_t>() <= std::uint64_t{INT64_MAX});
  if (!fits) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(*value), "a whole number");
  }
  return value->get<std::int64_t>();
}

inline std::int64_t required_integer(Json const& object, std::string const& key, std::string const& where) {
  required_field(object, key, where);
  return *optional_integer(object, key, where);
}

inline std::optional<bool> optional_bool(Json const& object, std::string const& key, std::string const& where) {
  Json const* const value = optional_field(object, key, where);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_boolean()) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(*value), "true or false");
  }
  return value->get<bool>();
}

inline bool required_bool(Json const& object, std::string const& key, std::string const& where) {
  required_field(object, key, where);
  return *optional_bool(object, key, where);
}

/// An array; each element is yours to check.
inline Json const& required_array(Json const& object, std::string const& key, std::string const& where) {
  Json const& value = required_field(object, key, where);
  if (!value.is_array()) {
    throw Error(where + ": the field \"" + key + "\"", excerpt(value), "an array");
  }
  return value;
}

} // namespace srlm::io
