/// What people wrote: instructions with answers of different quality. IFT and EFT of the paper (section 2.1) come from
/// it.
#pragma once
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

} // namespace srlm
