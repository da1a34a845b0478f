/// Option values at the program's edge: from a JSON file, checked beyond what CLI11 checks, and as the record that is
/// written into an output folder, which is such a JSON file again.
#pragma once
#include "nearest.hpp"
#include <srlm/io/json.hpp>
#include <CLI/CLI.hpp>
#include <charconv> // from_chars
#include <cmath>    // isnan
#include <cstdint>
#include <cstdlib> // strtod
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srlm::cli {

enum class ValueKind { flag, whole_number, number, text };

inline ValueKind kind_of(CLI::Option const& option) {
  std::string const type = option.get_type_name();
  return option.get_expected_max() == 0                        ? ValueKind::flag
         : type.starts_with("UINT") || type.starts_with("INT") ? ValueKind::whole_number
         : type.starts_with("FLOAT")                           ? ValueKind::number
                                                               : ValueKind::text;
}

/// A number without a default here: the part that it is for has one of its own.
inline bool belongs_to_a_part(CLI::Option const& option) {
  ValueKind const kind = kind_of(option);
  return (kind == ValueKind::number || kind == ValueKind::whole_number) && option.get_default_str().empty();
}

/// What does not fit the kind, or an empty text. JSON's 3.0 is no whole number.
inline std::string misfit(ValueKind kind, io::Json const& value) {
  switch (kind) {
  case ValueKind::flag:
    return value.is_boolean() ? "" : "true or false";
  case ValueKind::whole_number:
    return value.is_number_integer() ? "" : "a whole number";
  case ValueKind::number:
    return value.is_number() ? "" : "a number";
  case ValueKind::text:
    break;
  }
  return value.is_string() ? "" : "a string";
}

/// The arguments of a JSON file of options, to stand before those of the command line, which win. The model's name is
/// always on the command line, so the one that a record of options holds is passed over.
/// Throws: CLI::ValidationError for an unknown option, with the nearest, and for a value of the wrong type; Error for a
/// file that cannot be read.
inline std::vector<std::string> arguments_of(std::string const& path, CLI::App const& command) {
  io::Json const options = io::read_json_file(path, io::DuplicateKeys::refuse);
  if (!options.is_object()) {
    throw CLI::ValidationError(path, "expected one JSON object {\"option-name\": value}");
  }
  std::vector<std::string> arguments;
  for (auto const& [name, value] : options.items()) {
    std::string const place = path + ": " + io::excerpt(name);
    if (name == "MODEL" || name == "model") {
      continue;
    }
    if (name == "config" || name == "help") {
      throw CLI::ValidationError(place, "is given on the command line only");
    }
    CLI::Option const* const option = name.empty() ? nullptr : command.get_option_no_throw("--" + name);
    if (option == nullptr) {
      throw CLI::ValidationError(path + ": unknown option " + io::excerpt(name),
                                 "did you mean \"" + nearest_option(command, name).substr(2) + "\"?");
    }
    if (value.is_null() && belongs_to_a_part(*option)) { // as in a record: not given
      continue;
    }
    if (std::string const expected = misfit(kind_of(*option), value); !expected.empty()) {
      throw CLI::ValidationError(place, "got " + io::excerpt(value) + ", expected " + expected);
    }
    std::string const text = value.is_string() ? value.get<std::string>() : value.dump();
    if (text.empty()) { // "--name=" would take the next argument
      arguments.insert(arguments.end(), {"--" + name, ""});
    } else {
      arguments.push_back("--" + name + "=" + text);
    }
  }
  return arguments;
}

/// The number in decimal digits as JSON has it; nullopt for anything else, a leading 0 and one that is too large
/// included.
inline std::optional<io::OrderedJson> whole_number(std::string const& text, bool is_signed) {
  char const* const end = text.data() + text.size();
  std::string_view const digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
  if (digits.size() > 1 && digits.front() == '0') {
    return std::nullopt;
  }
  auto const read = [&](auto value) -> std::optional<io::OrderedJson> {
    auto const [stop, problem] = std::from_chars(text.data(), end, value);
    return problem == std::errc{} && stop == end ? std::optional<io::OrderedJson>(value) : std::nullopt;
  };
  return is_signed ? read(std::int64_t{}) : read(std::uint64_t{});
}

/// Refuses what CLI11 lets pass: NaN, which no range excludes, and whole numbers that it wraps around, takes for octal
/// or reads from words. Throws: CLI::ValidationError that names the option.
inline void check_values(CLI::App const& command) {
  for (CLI::Option const* option : command.get_options()) {
    if (option->count() == 0) {
      continue;
    }
    ValueKind const kind = kind_of(*option);
    std::string const text = option->results().empty() ? "" : option->results().back();
    if (kind == ValueKind::number && std::isnan(std::strtod(text.c_str(), nullptr))) {
      throw CLI::ValidationError(option->get_name(), "got " + text + ", expected a number");
    }
    if (kind == ValueKind::whole_number) {
      bool const is_signed = !option->get_type_name().starts_with("U");
      if (!whole_number(text, is_signed)) {
        throw CLI::ValidationError(option->get_name(), "got " + text + ", expected a whole number" +
                                                           (is_signed ? "" : " from 0 to 18446744073709551615") +
                                                           ", in decimal digits without a leading 0");
      }
    }
  }
}

/// The command's options with their values, complete, for the record.
inline io::OrderedJson options_of(CLI::App const& app) {
  io::OrderedJson record;
  for (CLI::Option const* option : app.get_options()) {
    std::string const name = option->get_single_name();
    if (name == "help" || name == "config" || name == "progress") {
      continue;
    }
    std::string const text = option->count() > 0 ? option->results().back() : option->get_default_str();
    if (text.empty() && belongs_to_a_part(*option)) {
      record[name] = nullptr; // not given
      continue;
    }
    switch (kind_of(*option)) {
    case ValueKind::flag:
      record[name] = text == "true";
      break;
    case ValueKind::whole_number:
      record[name] = whole_number(text, !option->get_type_name().starts_with("U")).value_or(text);
      break;
    case ValueKind::number:
      record[name] = std::strtod(text.c_str(), nullptr);
      break;
    case ValueKind::text:
      record[name] = text;
      break;
    }
  }
  return record;
}

/// Writes the record into an output folder.
inline void write_options(CLI::App const& app, std::string const& folder) {
  io::write_json_file((std::filesystem::path(folder) / "srlm_options.json").string(), options_of(app));
}

/// The same where the model was saved as a folder; a single file has no room for a record.
inline void write_options_beside(CLI::App const& app, std::string const& saved) {
  if (std::filesystem::is_directory(saved)) {
    write_options(app, saved);
  }
}

} // namespace srlm::cli
