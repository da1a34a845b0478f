/// Answers as people might give them: each of the five properties holds or does not, as a coin decides.
#pragma once
#include "instructions.hpp"

namespace miniature {

/// An answer of which exactly these properties are true.
inline std::string answer_with(Checks const& holds, Instruction const& x, srlm::Seed seed) {
  std::vector<std::string> names;
  std::vector<std::string_view> allowed;
  for (std::size_t i = 0; i < names_a_kind; ++i) {
    if (std::find(x.left_out.begin(), x.left_out.end(), i) == x.left_out.end()) {
      allowed.push_back(world[x.kind].names[i]);
    }
  }
  srlm::shuffle(std::span(allowed), seed.fork(2));
  std::size_t count = x.count;
  if (!holds[1]) { // one fewer, or one or two more; two names at least, so that their order can be wrong
    bool const fewer = x.count > 2 && seed.uniform(0) < 0.5;
    count = fewer ? x.count - 1 : std::min(x.count + 1 + seed.below(2, 1), allowed.size());
  }
  names.assign(allowed.begin(), allowed.begin() + static_cast<std::ptrdiff_t>(count));
  if (!holds[3]) {
    names[0] = world[x.kind].names[x.left_out[seed.below(x.left_out.size(), 3)]];
  }
  if (!holds[0]) {
    std::size_t const other = (x.kind + 1 + seed.below(kinds - 1, 4)) % kinds;
    names[1] = world[other].names[seed.below(names_a_kind, 5)];
  }
  std::sort(names.begin(), names.end());
  for (std::uint64_t n = 6; !holds[2] && std::is_sorted(names.begin(), names.end()); ++n) {
    srlm::shuffle(std::span(names), seed.fork(n));
  }
  std::string text;
  for (std::string const& name : names) {
    text += (text.empty() ? "" : " ") + name;
  }
  return holds[4] ? text + " ." : text;
}

/// Each property holds with this probability.
inline std::string answer_of(double probability, Instruction const& x, srlm::Seed seed) {
  Checks holds{};
  for (std::size_t i = 0; i < holds.size(); ++i) {
    holds[i] = seed.fork(0).uniform(i) < probability;
  }
  return answer_with(holds, x, seed.fork(1));
}

/// An answer of this quality, or, with probability `rambling`, one that does not come to its end: names and names, more
/// than any limit on the length of an answer here.
inline std::string written_answer(double probability, double rambling, Instruction const& x, srlm::Seed seed) {
  if (seed.uniform(0) >= rambling) {
    return answer_of(probability, x, seed.fork(1));
  }
  std::string text;
  for (std::size_t i = 0; i < 16; ++i) {
    text += (i > 0 ? " " : "") + std::string(world[x.kind].names[seed.fork(2).below(names_a_kind, i)]);
  }
  return text;
}

} // namespace miniature
