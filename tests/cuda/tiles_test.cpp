/// How attention is cut into tiles, on the host.
#include "decode_case.hpp"
#include "support/catch.hpp"
#include <srlm/backend/decode_tiles.hpp>
#include <set>

using namespace srlm;

TEST_CASE("a decoding step reads every page of every sequence once, and a shared page once for all that share it") {
  auto const c = srlm::testing::decoding_case();
  AttentionLayout const step = srlm::testing::step_of(c);
  for (std::size_t group : {1u, 3u, 40u}) {
    DecodeTiles const plan = decode_tiles(step, group);
    std::multiset<std::pair<std::int32_t, std::int32_t>> seen, expected; // sequence, page
    std::multiset<std::int32_t> reads;
    std::set<std::int32_t> targets;
    for (QueryTile const& tile : plan.tiles.tiles) {
      CHECK(static_cast<std::size_t>(tile.count) * group <= attention_tile_rows);
      CHECK(tile.end - tile.begin <= static_cast<std::int32_t>(decode_pages));
      std::int32_t keys = 0;
      for (std::int32_t i = tile.first; i < tile.first + tile.count; ++i) {
        keys = std::max(keys, plan.tiles.queries[static_cast<std::size_t>(i)].keys);
      }
      CHECK(tile.keys == keys);
      for (std::int32_t j = tile.begin; j < tile.end; ++j) {
        std::int32_t const page = plan.tiles.page_table[static_cast<std::size_t>(tile.first_page + j)];
        reads.insert(page);
        for (std::int32_t i = tile.first; i < tile.first + tile.count; ++i) {
          seen.insert({plan.tiles.queries[static_cast<std::size_t>(i)].row, page});
        }
      }
    }
    std::set<std::int32_t> pages;
    for (std::size_t s = 0; s < step.segments.size(); ++s) {
      for (std::int32_t page : c.plan.pages[s]) {
        expected.insert({static_cast<std::int32_t>(s), page});
        pages.insert(page);
      }
    }
    CHECK(seen == expected);
    if (group == 1) {
      CHECK(reads == std::multiset<std::int32_t>(pages.begin(), pages.end()));
    }
    for (TileQuery const& query : plan.tiles.queries) {
      targets.insert(query.target);
      CHECK(query.target >= plan.of[static_cast<std::size_t>(query.row)]);
      CHECK(query.target < plan.of[static_cast<std::size_t>(query.row) + 1]);
    }
    CHECK(targets.size() == plan.tiles.queries.size()); // no two write the same partial result
  }
}

TEST_CASE("whole tiles hold every row once, and pages know every tile that sees them") {
  auto const cases = srlm::testing::attention_cases();
  AttentionLayout const& layout = cases.back().plan.layout;
  AttentionTiles const plan = whole_tiles(layout, 3);
  std::vector<int> rows(layout.rows);
  for (TileQuery const& query : plan.queries) {
    ++rows[static_cast<std::size_t>(query.row)];
  }
  CHECK(rows == std::vector<int>(layout.rows, 1));
  Lists<PageVisit> const visits = visits_of_pages(plan, layout.pages);
  std::size_t expected = 0;
  for (QueryTile const& tile : plan.tiles) {
    expected += static_cast<std::size_t>(tile.end - tile.begin);
  }
  CHECK(visits.values.size() == expected);
  for (std::size_t page = 0; page < layout.pages; ++page) {
    for (auto i = visits.first[page]; i < visits.first[page + 1]; ++i) {
      auto const [tile, index] = visits.values[static_cast<std::size_t>(i)];
      auto const at = static_cast<std::size_t>(plan.tiles[static_cast<std::size_t>(tile)].first_page + index);
      CHECK(plan.page_table[at] == static_cast<std::int32_t>(page));
    }
  }
}
