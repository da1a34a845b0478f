/// Joining neighbouring symbols, best pair first: the step that both kinds of byte-pair encoding share. A linked list
/// of symbols and a heap of candidate pairs: O(n log n), so that a long word of one letter does not take quadratic
/// time.
#pragma once
#include <srlm/core/token.hpp>
#include <cstddef> // size_t
#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <vector>

namespace srlm::text {

/// A stretch of the text that is one token so far.
struct Symbol {
  Token token = -1;       ///< its id; -1: in no vocabulary
  std::size_t offset = 0; ///< in bytes
  std::size_t length = 0; ///< in bytes; 0 once it has been joined to its left neighbour
};

/// What joining two neighbours would give; the smallest cost is joined first, of equal costs the leftmost.
struct Merge {
  double cost = 0;
  Token token = -1;
};

/// Joins symbols until merge_of(left, right) -> optional<Merge> has no answer for any two neighbours; returns the
/// symbols that remain, in order. Requires non-empty symbols.
template <class MergeOf>
std::vector<Symbol> join_neighbours(std::vector<Symbol> symbols, MergeOf&& merge_of) {
  constexpr std::size_t none = std::numeric_limits<std::size_t>::max();
  struct Candidate {
    double cost;
    std::size_t left, right;
    std::size_t length; // of both together: differs from the present lengths once either has changed
    Token token;
    bool operator<(Candidate const& other) const { // the queue's top is its greatest
      return cost > other.cost || (cost == other.cost && left > other.left);
    }
  };
  std::vector<std::size_t> previous(symbols.size()), next(symbols.size());
  for (std::size_t i = 0; i < symbols.size(); ++i) {
    previous[i] = i == 0 ? none : i - 1;
    next[i] = i + 1 == symbols.size() ? none : i + 1;
  }
  std::priority_queue<Candidate> queue;
  auto const consider = [&](std::size_t left, std::size_t right) {
    if (left == none || right == none) {
      return;
    }
    if (std::optional<Merge> const merge = merge_of(symbols[left], symbols[right])) {
      queue.push({merge->cost, left, right, symbols[left].length + symbols[right].length, merge->token});
    }
  };
  for (std::size_t i = 1; i < symbols.size(); ++i) {
    consider(i - 1, i);
  }
  while (!queue.empty()) {
    Candidate const best = queue.top();
    queue.pop();
    Symbol& left = symbols[best.left];
    Symbol& right = symbols[best.right];
    if (left.length == 0 || right.length == 0 || left.length + right.length != best.length) {
      continue; // one of the two has been joined elsewhere since
    }
    left.token = best.token;
    left.length = best.length;
    right.length = 0;
    next[best.left] = next[best.right];
    if (next[best.left] != none) {
      previous[next[best.left]] = best.left;
    }
    consider(previous[best.left], best.left);
    consider(best.left, next[best.left]);
  }
  std::size_t kept = 0;
  for (Symbol const& symbol : symbols) {
    if (symbol.length != 0) {
      symbols[kept++] = symbol;
    }
  }
  symbols.resize(kept);
  return symbols;
}

} // namespace srlm::text
