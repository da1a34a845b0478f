/// The instructions of the world, and what is true of an answer: five properties that a program checks, so the quality
/// of an answer, 0 to 5, is no opinion.
#pragma once
#include "words.hpp"
#include <srlm/core/seed.hpp>
#include <algorithm> // count, find, is_sorted

namespace miniature {

/// "list three birds without crane jay"
struct Instruction {
  std::size_t kind, count;           ///< count: 2 to 4
  std::vector<std::size_t> left_out; ///< two or three names of the kind, by their place

  std::string text() const {
    std::string text = "list " + std::string(numbers[count - 2]) + " " + std::string(world[kind].plural) + " without";
    for (std::size_t name : left_out) {
      text += " " + std::string(world[kind].names[name]);
    }
    return text;
  }
};

/// All 2,016 of them, in a random order that is always the same.
inline std::vector<Instruction> all_instructions() {
  std::vector<Instruction> all;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    for (std::size_t count = 2; count <= 4; ++count) {
      for (std::size_t a = 0; a < names_a_kind; ++a) {
        for (std::size_t b = a + 1; b < names_a_kind; ++b) {
          all.push_back({kind, count, {a, b}});
          for (std::size_t c = b + 1; c < names_a_kind; ++c) {
            all.push_back({kind, count, {a, b, c}});
          }
        }
      }
    }
  }
  srlm::shuffle(std::span(all), srlm::Seed{2401});
  return all;
}

/// The instruction of a text. Throws: Error for a text that is none.
inline Instruction read_instruction(std::string_view text) {
  std::vector<std::string> const words = split(text);
  auto const fail = [&] {
    return srlm::Error("read_instruction", "\"" + std::string(text) + "\"", "\"list three birds without crane jay\"");
  };
  if (words.size() < 6 || words.size() > 7 || words[0] != "list" || words[3] != "without") {
    throw fail();
  }
  auto const kind = std::find_if(world.begin(), world.end(), [&](Kind const& k) { return k.plural == words[2]; });
  auto const number = std::find(numbers.begin(), numbers.end(), words[1]);
  if (kind == world.end() || number == numbers.end()) {
    throw fail();
  }
  Instruction instruction{
      static_cast<std::size_t>(kind - world.begin()), static_cast<std::size_t>(number - numbers.begin()) + 2, {}};
  for (std::size_t i = 4; i < words.size(); ++i) {
    auto const name = std::find(kind->names.begin(), kind->names.end(), words[i]);
    if (name == kind->names.end()) {
      throw fail();
    }
    instruction.left_out.push_back(static_cast<std::size_t>(name - kind->names.begin()));
  }
  return instruction;
}

/// What a judge looks at, in this order.
inline constexpr std::array<std::string_view, 5> properties = {"kind", "count", "order", "without", "close"};
using Checks = std::array<bool, properties.size()>;

/// kind: every name is of the kind that is asked for. count: as many as asked. order: alphabetical, none twice.
/// without: none of those to be left out. close: the answer ends with a full stop, its only one. An answer without
/// names has none of the first four.
inline Checks check(Instruction const& x, std::string_view answer) {
  std::vector<std::string> names = split(answer);
  bool const stops = !names.empty() && names.back() == ".";
  std::size_t const full_stops = static_cast<std::size_t>(std::count(names.begin(), names.end(), "."));
  std::erase(names, ".");
  Checks checks = {!names.empty(), names.size() == x.count, !names.empty(), !names.empty(), stops && full_stops == 1};
  auto const& kind = world[x.kind].names;
  for (std::size_t i = 0; i < names.size(); ++i) {
    auto const place = std::find(kind.begin(), kind.end(), names[i]);
    std::size_t const name = static_cast<std::size_t>(place - kind.begin());
    checks[0] = checks[0] && place != kind.end();
    checks[2] = checks[2] && (i == 0 || names[i - 1] < names[i]);
    checks[3] = checks[3] && std::find(x.left_out.begin(), x.left_out.end(), name) == x.left_out.end();
  }
  return checks;
}

inline int quality(Checks const& checks) { return static_cast<int>(std::count(checks.begin(), checks.end(), true)); }
inline int quality(Instruction const& x, std::string_view answer) { return quality(check(x, answer)); }

} // namespace miniature
