/// The settings of a part, named and bounded where they are declared. From these the command line makes its options,
/// the documentation its table, and a trainer its check, so a bound is written once.
#pragma once
#include <srlm/core/error.hpp>
#include <cstdio> // snprintf
#include <limits>
#include <string>
#include <string_view>
#include <tuple>

namespace srlm {

/// The numbers that a setting may have. NaN is in no interval.
struct Interval {
  double lowest, highest;
  bool with_lowest, with_highest;

  constexpr bool contains(double x) const {
    return (with_lowest ? x >= lowest : x > lowest) && (with_highest ? x <= highest : x < highest);
  }
  std::string text() const;
};

inline constexpr double unbounded = std::numeric_limits<double>::infinity();

/// A number as people write it: 0.1, not 0.100000.
inline std::string short_number(double x) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", x);
  return text;
}

inline std::string Interval::text() const {
  if (lowest == -unbounded && highest == unbounded) {
    return "a finite number";
  }
  std::string const from = std::string(with_lowest ? "at least " : "above ") + short_number(lowest);
  return highest == unbounded
             ? "a number " + from
             : "a number " + from + " and " + (with_highest ? "at most " : "below ") + short_number(highest);
}

constexpr Interval above(double x) { return {x, unbounded, false, false}; }
constexpr Interval at_least(double x) { return {x, unbounded, true, false}; }
constexpr Interval from_to(double lowest, double highest) { return {lowest, highest, true, true}; }
constexpr Interval from_below(double lowest, double highest) { return {lowest, highest, true, false}; }
constexpr Interval above_to(double lowest, double highest) { return {lowest, highest, false, true}; }
constexpr Interval above_below(double lowest, double highest) { return {lowest, highest, false, false}; }

/// One setting of a part: its name, where it is, what it may be and what it does.
template <class Part, class Value>
struct Parameter {
  std::string_view name;
  Value Part::*member;
  Interval range;
  std::string_view what;
};

template <class Part, class Value>
constexpr Parameter<Part, Value> parameter(std::string_view name, Value Part::*member, Interval range,
                                           std::string_view what) {
  return {name, member, range, what};
}

/// A part of a catalogue: `name` and `source` are texts, `parameters` a tuple of Parameter. The settings are members of
/// the part, or of its Options.
template <class Part>
concept Described = requires {
  std::string_view(Part::name);
  std::string_view(Part::source);
  std::tuple_size<std::remove_cvref_t<decltype(Part::parameters)>>::value;
};

/// Calls f(parameter) for every setting of a part.
template <Described Part, class F>
constexpr void for_each_parameter(F&& f) {
  std::apply([&](auto const&... parameters) { (f(parameters), ...); }, Part::parameters);
}

namespace detail {

template <class Part>
struct SettingsOf {
  using type = Part;
};
template <class Part>
requires requires { typename Part::Options; }
struct SettingsOf<Part> {
  using type = typename Part::Options;
};

} // namespace detail

/// What a part's settings are members of.
template <class Part>
using SettingsOf = typename detail::SettingsOf<Part>::type;

/// Throws: Error that names the part and the setting for one out of its range.
template <Described Part>
void check_settings(SettingsOf<Part> const& settings) {
  for_each_parameter<Part>([&](auto const& parameter) {
    double const value = static_cast<double>(settings.*(parameter.member));
    if (!parameter.range.contains(value)) {
      throw Error(std::string(Part::name) + ": " + std::string(parameter.name), short_number(value),
                  parameter.range.text());
    }
  });
}

/// The same for a part that is its own settings. One that is not described passes.
template <class Part>
void check_parameters(Part const& part) {
  if constexpr (Described<Part>) {
    check_settings<Part>(part);
  }
}

} // namespace srlm
