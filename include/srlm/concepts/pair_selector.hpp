/// PairSelector: which answers become chosen and rejected (section 2.2).
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/core/seed.hpp>
#include <concepts>
#include <vector>

namespace srlm {

/// Semantics: never pairs an answer without a score, nor two equal scores; an unfinished answer is never a winner.
/// The seed decides among equals, so that the order of candidates carries no meaning.
template <class S>
concept PairSelector = requires(S const& select, JudgedGroup const& group, Seed seed) {
  { select(group, seed) } -> std::same_as<std::vector<WinnerLoser>>;
};

} // namespace srlm
