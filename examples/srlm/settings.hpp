/// The parameters of the catalogue's parts as options: one option for each name, whatever parts have it.
#pragma once
#include "nearest.hpp"
#include <srlm/core/parameter.hpp>
#include <srlm/core/type_list.hpp>
#include <CLI/CLI.hpp>
#include <cmath>   // floor, isfinite
#include <cstdlib> // strtod
#include <map>
#include <set>
#include <string>
#include <type_traits> // is_integral_v
#include <vector>

namespace srlm::cli {

/// The names of a list's parts, in order.
template <class List>
std::vector<std::string> names_of(List list) {
  std::vector<std::string> names;
  for_each_type(list, [&]<class Part>(std::type_identity<Part>) { names.emplace_back(Part::name); });
  return names;
}

/// "a, b, c".
inline std::string joined(std::vector<std::string> const& words) {
  std::string text;
  for (std::string const& word : words) {
    text += (text.empty() ? "" : ", ") + word;
  }
  return text;
}

/// The words between commas; none of an empty text.
inline std::vector<std::string> split(std::string const& list) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; !list.empty() && begin <= list.size();) {
    std::size_t const end = std::min(list.find(',', begin), list.size());
    parts.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

/// Throws: CLI::ValidationError for what is no finite number.
inline double number_of(std::string const& option, std::string const& text) {
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0' || !std::isfinite(value)) {
    throw CLI::ValidationError(option, "got \"" + text + "\", expected a number");
  }
  return value;
}

/// Calls f for the part of that name. Throws: CLI::ValidationError for a name that no part has, with the nearest.
template <class List, class F>
void with_part(List list, std::string const& role, std::string const& name, F&& f) {
  bool found = false;
  for_each_type(list, [&]<class Part>(std::type_identity<Part> part) {
    if (!found && name == Part::name) {
      found = true;
      f(part);
    }
  });
  if (!found) {
    auto const names = names_of(list);
    throw CLI::ValidationError(
        role, "got \"" + name + "\", did you mean \"" + nearest(name, names) + "\"? There are " + joined(names));
  }
}

/// Values for parameters by name, as given; what is not given has the part's own default.
class Settings {
 public:
  /// An option for each parameter of the list's parts that has none yet. not_here: those that the command itself sets.
  template <class List>
  void add_options(CLI::App& app, List list, std::set<std::string> const& not_here = {}) {
    std::map<std::string, std::string> help, first_default;
    for_each_type(list, [&]<class Part>(std::type_identity<Part>) {
      for_each_parameter<Part>([&](auto const& parameter) {
        std::string const name(parameter.name);
        std::string const value = short_number(static_cast<double>(SettingsOf<Part>{}.*(parameter.member)));
        if (!help.contains(name)) {
          first_default[name] = value;
          help[name] = std::string(parameter.what) + "; default " + value;
        } else if (first_default[name] != value) { // those that differ from the first
          help[name] += ", " + std::string(Part::name) + " " + value;
        }
      });
    });
    for (auto const& [name, text] : help) {
      if (!options_.contains(name) && !not_here.contains(name)) {
        options_[name] = app.add_option("--" + option_name(name), values_[name], text);
      }
    }
  }

  /// The part, or its Options, with the values that were given. Throws: CLI::ValidationError for one out of its range.
  template <class Part>
  SettingsOf<Part> make() {
    SettingsOf<Part> part;
    for_each_parameter<Part>([&](auto const& parameter) {
      std::string const name(parameter.name);
      auto const found = options_.find(name);
      if (found == options_.end() || found->second->count() == 0) {
        return;
      }
      used_.insert(name);
      using Value = std::remove_reference_t<decltype(part.*(parameter.member))>;
      double const value = values_[name];
      bool const whole = !std::is_integral_v<Value> || value == std::floor(value);
      if (!parameter.range.contains(value) || !whole) {
        throw CLI::ValidationError("--" + option_name(name), std::string(Part::name) + ": got " + short_number(value) +
                                                                 ", expected " + (whole ? "" : "a whole number, ") +
                                                                 parameter.range.text());
      }
      part.*(parameter.member) = static_cast<Value>(value);
    });
    return part;
  }

  /// Throws: CLI::ValidationError for a parameter that was given and that none of the parts made has: it would change
  /// nothing.
  void refuse_unused(std::string const& parts) const {
    for (auto const& [name, option] : options_) {
      if (option->count() > 0 && !used_.contains(name)) {
        throw CLI::ValidationError("--" + option_name(name),
                                   "would change nothing: " + parts + " has no such parameter");
      }
    }
  }

 private:
  static std::string option_name(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return name;
  }

  std::map<std::string, double> values_;
  std::map<std::string, CLI::Option*> options_;
  std::set<std::string> used_;
};

} // namespace srlm::cli
