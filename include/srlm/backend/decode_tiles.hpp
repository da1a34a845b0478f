/// Attention of one new position a sequence, planned for a GPU: the pages that sequences share are read once for all of
/// them, and long runs of pages are cut, so that few sequences occupy many blocks. A query's partial results are then
/// merged by their log-sum-exp.
#pragma once
#include <srlm/backend/attention_tiles.hpp>
#include <algorithm> // lexicographical_compare, stable_sort
#include <numeric>   // iota

namespace srlm {

/// Pages that one tile of a decoding step goes over, at most.
inline constexpr std::size_t decode_pages = 4;

struct DecodeTiles {
  AttentionTiles tiles;         ///< targets are rows of the partial results
  std::vector<std::int32_t> of; ///< for each segment, its first partial result; and at the end, how many there are
};

/// Whether every segment is one row, as in a decoding step.
inline bool is_decoding(AttentionLayout const& layout) {
  return std::all_of(layout.segments.begin(), layout.segments.end(),
                     [](AttentionSegment const& s) { return s.count == 1; });
}

class DecodePlanner {
 public:
  DecodePlanner(AttentionLayout const& layout, std::size_t group)
      : layout_(layout), at_once_(attention_tile_rows / group) {
    plan_.tiles.page_table = layout.page_table;
    parts_.resize(layout.segments.size());
    std::vector<std::size_t> order(layout.segments.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      auto const pages = [&](std::size_t s) {
        return std::pair(
            layout.page_table.begin() + static_cast<std::ptrdiff_t>(layout.segments[s].first_page),
            layout.page_table.begin() + static_cast<std::ptrdiff_t>(layout.segments[s].first_page + page_count(s)));
      };
      auto const [a_begin, a_end] = pages(a);
      auto const [b_begin, b_end] = pages(b);
      return std::lexicographical_compare(a_begin, a_end, b_begin, b_end);
    });
    share(order, 0);
    number_the_parts();
  }

  DecodeTiles take() && { return std::move(plan_); }

 private:
  std::size_t page_count(std::size_t s) const { return (layout_.segments[s].position + page_length) / page_length; }
  std::int32_t page(std::size_t s, std::size_t j) const {
    return layout_.page_table[layout_.segments[s].first_page + j];
  }

  /// Members in the order of their pages, which agree before page j: a run of pages for each that share the next.
  void share(std::vector<std::size_t> const& members, std::size_t j) {
    for (std::size_t begin = 0; begin < members.size();) {
      if (page_count(members[begin]) <= j) {
        ++begin;
        continue;
      }
      std::size_t end = begin + 1, last = j + 1;
      while (end < members.size() && page(members[end], j) == page(members[begin], j)) {
        ++end;
      }
      std::vector<std::size_t> const some(members.begin() + static_cast<std::ptrdiff_t>(begin),
                                          members.begin() + static_cast<std::ptrdiff_t>(end));
      // in their order the first and the last differ earliest, and the first is the shortest of those that agree
      while (last < std::min(page_count(some.front()), page_count(some.back())) &&
             page(some.front(), last) == page(some.back(), last)) {
        ++last;
      }
      add(some, j, last);
      share(some, last);
      begin = end;
    }
  }

  void add(std::vector<std::size_t> const& members, std::size_t first, std::size_t last) {
    auto const narrow = [](std::size_t n) { return static_cast<std::int32_t>(n); };
    AttentionTiles& tiles = plan_.tiles;
    for (std::size_t page = first; page < last; page += decode_pages) {
      std::size_t const end = std::min(page + decode_pages, last);
      for (std::size_t m = 0; m < members.size(); m += at_once_) {
        std::size_t const count = std::min(at_once_, members.size() - m);
        std::size_t keys = 0;
        QueryTile tile{narrow(tiles.queries.size()),
                       narrow(count),
                       narrow(layout_.segments[members[m]].first_page),
                       narrow(page),
                       narrow(end),
                       0};
        for (std::size_t i = m; i < m + count; ++i) {
          AttentionSegment const& s = layout_.segments[members[i]];
          keys = std::max(keys, s.position + 1);
          parts_[members[i]].push_back(tiles.queries.size());
          tiles.queries.push_back({narrow(s.row), 0, narrow(s.position + 1)});
        }
        tile.keys = narrow(keys);
        tiles.tiles.push_back(tile);
      }
    }
  }

  /// A query's partial results lie one behind the other, in the order of positions.
  void number_the_parts() {
    std::int32_t next = 0;
    for (std::vector<std::size_t> const& parts : parts_) {
      plan_.of.push_back(next);
      for (std::size_t query : parts) {
        plan_.tiles.queries[query].target = next++;
      }
    }
    plan_.of.push_back(next);
  }

  AttentionLayout const& layout_;
  std::size_t at_once_;
  DecodeTiles plan_;
  std::vector<std::vector<std::size_t>> parts_;
};

/// group: query heads a key head, at most attention_tile_rows.
inline DecodeTiles decode_tiles(AttentionLayout const& layout, std::size_t group) {
  return DecodePlanner(layout, group).take();
}

} // namespace srlm
