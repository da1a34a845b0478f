#include "support/catch.hpp"
#include <srlm/core/error.hpp>
#include <srlm/core/seed.hpp>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

using namespace srlm;

TEST_CASE("a seed's children have splitmix64's values on every machine") {
  CHECK(Seed{0}.fork(0).value == 0xE220A8397B1DCDAFull); // the generator's first three outputs from state 0
  CHECK(Seed{0}.fork(1).value == 0x6E789E6AA1B965F4ull);
  CHECK(Seed{0}.fork(2).value == 0x06C45D188009454Full);
}

TEST_CASE("ten thousand children of two seeds are all different") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t i = 0; i < 10000; ++i) {
    seen.insert(Seed{1}.fork(i).value);
    seen.insert(Seed{2}.fork(i).value);
  }
  CHECK(seen.size() == 20000);
}

TEST_CASE("uniform numbers lie in [0, 1) and have mean one half") {
  double sum = 0;
  for (std::uint64_t i = 0; i < 100000; ++i) {
    double const u = Seed{9}.uniform(i);
    REQUIRE(u >= 0);
    REQUIRE(u < 1);
    sum += u;
  }
  CHECK(std::abs(sum / 100000 - 0.5) < 0.005);
}

TEST_CASE("shuffle keeps every item, and the same seed gives the same order") {
  std::vector<int> a(100), b(100);
  std::iota(a.begin(), a.end(), 0);
  std::iota(b.begin(), b.end(), 0);
  shuffle(std::span(a), Seed{4});
  shuffle(std::span(b), Seed{4});
  CHECK(a == b);
  CHECK_FALSE(std::is_sorted(a.begin(), a.end()));
  std::sort(a.begin(), a.end());
  for (int i = 0; i < 100; ++i) {
    CHECK(a[static_cast<std::size_t>(i)] == i);
  }
}

TEST_CASE("an error says where, what was given and what was expected") {
  CHECK(std::string(Error("config.json: heads", "0", "1 to 4096").what()) ==
        "config.json: heads: got 0, expected 1 to 4096");
}
