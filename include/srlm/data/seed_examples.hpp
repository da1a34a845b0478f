/// What people wrote: instructions with answers of different quality. IFT and EFT of the paper (section 2.1) come from
/// it.
#pragma once
#include <algorithm> // find_if
#include <string>
#include <vector>

namespace srlm {

/// rank 0 is the best answer; equal ranks are equally good.
struct RankedAnswer {
  std::string text;
  int rank = 0;
  bool operator==(RankedAnswer const&) const = default;
};

struct SeedExample {
  std::string prompt;
  std::vector<RankedAnswer> answers;
  bool held_out = false; ///< for evaluation only
  std::string topic = {};
  bool operator==(SeedExample const&) const = default;
};

/// The first answer of rank 0, which is the one to learn from; nullptr where the best one is not among the answers.
inline RankedAnswer const* best_answer(SeedExample const& seed) {
  auto const best = std::find_if(seed.answers.begin(), seed.answers.end(), [](auto const& a) { return a.rank == 0; });
  return best == seed.answers.end() ? nullptr : &*best;
}

} // namespace srlm
