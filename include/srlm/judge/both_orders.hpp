/// What two comparisons of the same two say together, each shown first once: models favour a position, so a win needs
/// both orders to agree (Zheng et al. 2023, arXiv 2306.05685; the paper, section 3.2).
#pragma once
#include <srlm/core/verdict.hpp>
#include <optional>

namespace srlm {

/// Of a against b, in points: a win 1, a tie 1/2, a loss 0. Orders that do not agree are a tie; nullopt where either
/// comparison was unusable.
constexpr Score in_both_orders(std::optional<Better> a_shown_first, std::optional<Better> b_shown_first) {
  if (!a_shown_first || !b_shown_first) {
    return std::nullopt;
  }
  bool const won = a_shown_first == Better::first && b_shown_first == Better::second;
  bool const lost = a_shown_first == Better::second && b_shown_first == Better::first;
  return won ? 1.0f : lost ? 0.0f : 0.5f;
}

} // namespace srlm
