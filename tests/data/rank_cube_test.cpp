/// Human ranks as arrays and back.
#include "../io/temporary_folder.hpp"
#include "support/catch.hpp"
#include <srlm/data/rank_cube.hpp>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

namespace {

std::vector<SeedExample> seeds() {
  std::vector<SeedExample> all(3);
  for (std::size_t p = 0; p < 3; ++p) {
    for (int a = 0; a < (p == 1 ? 3 : 4); ++a) {
      all[p].answers.push_back({"answer " + std::to_string(a), a});
    }
  }
  return all;
}

std::vector<int> ranks_of(SeedExample const& seed) {
  std::vector<int> ranks;
  for (RankedAnswer const& answer : seed.answers) {
    ranks.push_back(answer.rank);
  }
  return ranks;
}

} // namespace

TEST_CASE("ranks through a file are the same ranks; answers that are not there are -1") {
  TemporaryFolder const folder;
  auto all = seeds();
  all[0].answers[1].rank = 7;
  RankCube const cube = rank_cube(all);
  CHECK(cube(0, 1) == 7);
  CHECK(cube(1, 2) == 2);
  CHECK(cube(1, 3) == -1);
  io::write_npy(folder / "ranks.npy", cube);
  auto again = seeds();
  CHECK(set_ranks(again, io::read_npy<std::int32_t, 2>(folder / "ranks.npy")) == 0);
  for (std::size_t p = 0; p < 3; ++p) {
    CHECK(ranks_of(again[p]) == ranks_of(all[p]));
  }
}

TEST_CASE("numpy's ranks become the seeds' ranks; an answer without one is left out and counted") {
  auto all = seeds();
  CHECK(set_ranks(all, io::read_npy<std::int32_t, 2>(fixture("npy_ranks.npy"))) == 1); // made by make_npy_fixtures.py
  CHECK(ranks_of(all[0]) == std::vector<int>{0, 1, 2, 3});
  CHECK(ranks_of(all[1]) == std::vector<int>{1, 2, 3});
  CHECK(ranks_of(all[2]) == std::vector<int>{3, 0, 1});
  CHECK(all[2].answers.front().text == "answer 1");
}

TEST_CASE("ranks that do not fit are an error that says where, and change nothing") {
  auto all = seeds();
  auto const refused = [&](RankCube const& cube, char const* part) {
    CHECK_THROWS_WITH(set_ranks(all, cube), ContainsSubstring(part));
    for (std::size_t p = 0; p < 3; ++p) {
      CHECK(ranks_of(all[p]) == ranks_of(seeds()[p]));
    }
  };
  refused(RankCube({2, 4}, 0), "3 prompts");
  refused(RankCube({3, 3}, 0), "(3, 3)");
  refused(RankCube({3, 4}, 0), "prompt 1, answer 3");
  RankCube cube = rank_cube(all);
  cube(2, 1) = -2;
  refused(cube, "prompt 2, answer 1");
  RankCube const none({3, 4}, -1);
  refused(none, "no answer with a rank");
}
