/// Attention as a GPU's blocks work on it: 64 rows of queries against pages of keys. Planned on the host from a layout.
#pragma once
#include <srlm/core/attention_layout.hpp>
#include <algorithm> // min, stable_sort
#include <cstdint>
#include <utility> // move, pair
#include <vector>

namespace srlm {

/// Rows of a tile: a query for each query head of a key head's group is one.
inline constexpr std::size_t attention_tile_rows = 64;

/// One query position: which packed row it reads, which row of the output it writes, how many keys it sees.
struct TileQuery {
  std::int32_t row, target, keys;
};

/// Queries [first, first + count) against the pages page_table[first_page + j], j in [begin, end). keys: how many keys
/// the query that sees most sees; what lies behind them in the last page is never read.
struct QueryTile {
  std::int32_t first, count, first_page, begin, end, keys;
};

struct AttentionTiles {
  std::vector<QueryTile> tiles;
  std::vector<TileQuery> queries;
  std::vector<std::int32_t> page_table;
};

/// A list for each of some things, one behind the other: those of thing i are values[first[i]] .. values[first[i + 1]
/// - 1].
template <class T>
struct Lists {
  std::vector<std::int32_t> first;
  std::vector<T> values;
};

/// The pairs (thing, value) as lists, for things 0 .. count - 1; the order among equals is kept.
template <class T>
Lists<T> lists_of(std::size_t count, std::vector<std::pair<std::int32_t, T>> pairs) {
  Lists<T> lists{std::vector<std::int32_t>(count + 1, 0), {}};
  std::stable_sort(pairs.begin(), pairs.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
  for (auto const& [thing, value] : pairs) {
    ++lists.first[static_cast<std::size_t>(thing) + 1];
    lists.values.push_back(value);
  }
  for (std::size_t i = 0; i < count; ++i) {
    lists.first[i + 1] += lists.first[i];
  }
  return lists;
}

/// Every query with all its keys in one tile. group: query heads a key head, at most attention_tile_rows.
inline AttentionTiles whole_tiles(AttentionLayout const& layout, std::size_t group) {
  AttentionTiles plan{{}, {}, layout.page_table};
  auto const narrow = [](std::size_t n) { return static_cast<std::int32_t>(n); };
  std::size_t const at_once = attention_tile_rows / group;
  for (AttentionSegment const& s : layout.segments) {
    for (std::size_t i = 0; i < s.count; i += at_once) {
      std::size_t const count = std::min(at_once, s.count - i), keys = s.position + i + count;
      plan.tiles.push_back({narrow(plan.queries.size()), narrow(count), narrow(s.first_page), 0,
                            narrow((keys + page_length - 1) / page_length), narrow(keys)});
      for (std::size_t q = i; q < i + count; ++q) {
        plan.queries.push_back({narrow(s.row + q), narrow(s.row + q), narrow(s.position + q + 1)});
      }
    }
  }
  return plan;
}

/// A tile that sees a page, and as which of its pages.
struct PageVisit {
  std::int32_t tile, index;
};

/// For each page, who sees it: what its keys' gradients are summed over.
inline Lists<PageVisit> visits_of_pages(AttentionTiles const& plan, std::size_t pages) {
  std::vector<std::pair<std::int32_t, PageVisit>> visits;
  for (std::size_t t = 0; t < plan.tiles.size(); ++t) {
    for (std::int32_t j = plan.tiles[t].begin; j < plan.tiles[t].end; ++j) {
      visits.push_back(
          {plan.page_table[static_cast<std::size_t>(plan.tiles[t].first_page + j)], {static_cast<std::int32_t>(t), j}});
    }
  }
  return lists_of(pages, std::move(visits));
}

/// For each packed row, the slots that it was written to.
inline Lists<std::int32_t> slots_of_rows(AttentionLayout const& layout) {
  std::vector<std::pair<std::int32_t, std::int32_t>> written;
  for (KeyWrite const& write : layout.writes) {
    written.push_back({write.row, write.slot});
  }
  return lists_of(layout.rows, std::move(written));
}

} // namespace srlm
