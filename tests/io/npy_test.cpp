/// .npy files as numpy writes them, what is wrong with others, and what we write.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/core/seed.hpp>
#include <srlm/io/npy.hpp>
#include <cmath>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

namespace {

/// An .npy file of this header, with so many bytes of numbers.
std::string npy_bytes(std::string const& header, std::size_t bytes, char version = 1) {
  std::string text("\x93NUMPY", 6);
  text += {version, 0};
  for (std::size_t i = 0, n = header.size(); i < (version == 1 ? 2u : 4u); ++i, n /= 256) {
    text += static_cast<char>(n % 256);
  }
  return text + header + std::string(bytes, '\0');
}

std::string error_of(std::string const& text) {
  TemporaryFolder const folder;
  write_text(folder / "x.npy", text);
  return message_of<Error>([&] { (void)io::read_npy<float, 2>(folder / "x.npy"); });
}

} // namespace

TEST_CASE("arrays of numpy are read: floats with NaN, whole numbers, both versions, nothing at all") {
  auto const scores = io::read_npy<float, 3>(fixture("npy_scores.npy"), {std::nullopt, 4, 2});
  REQUIRE(scores.shape() == std::array<std::size_t, 3>{3, 4, 2});
  for (std::size_t p = 0; p < 3; ++p) {
    for (std::size_t c = 0; c < 4; ++c) {
      for (std::size_t v = 0; v < 2; ++v) {
        bool const none = (p == 1 && c == 3) || (p == 0 && c == 1) || (p == 2 && c == 2 && v == 1);
        float const expected =
            static_cast<float>(p) + static_cast<float>(c) / 4 + static_cast<float>(v) / 8; // make_npy_fixtures.py
        CHECK((none ? std::isnan(scores(p, c, v)) : scores(p, c, v) == expected));
      }
    }
  }
  for (char const* name : {"npy_ranks.npy", "npy_version_2.npy"}) {
    auto const ranks = io::read_npy<std::int32_t, 2>(fixture(name), {3, 4});
    CHECK(ranks(0, 3) == 3);
    CHECK(ranks(2, 3) == 1);
    CHECK(ranks(1, 3) == -1);
  }
  CHECK(io::read_npy<float, 3>(fixture("npy_empty.npy")).size() == 0);
}

TEST_CASE("another type, order or shape is an error that names the file, what it holds and what was expected") {
  auto const message = [](char const* name) {
    return message_of<Error>([&] { (void)io::read_npy<float, 3>(fixture(name), {3, 4, 2}); });
  };
  for (char const* name : {"npy_float64.npy", "npy_big_endian.npy", "npy_fortran.npy", "npy_flat.npy", "npy_ranks.npy",
                           "npy_empty.npy", "npy_records.npy"}) {
    CHECK_THAT(message(name), ContainsSubstring(name));
  }
  CHECK_THAT(message("npy_float64.npy"), ContainsSubstring("<f8 of shape (3, 4, 2)") && ContainsSubstring("<f4"));
  CHECK_THAT(message("npy_big_endian.npy"), ContainsSubstring(">f4"));
  CHECK_THAT(message("npy_fortran.npy"), ContainsSubstring("Fortran"));
  CHECK_THAT(message("npy_flat.npy"), ContainsSubstring("(24,)") && ContainsSubstring("3 dimensions (3, 4, 2)"));
  CHECK_THAT(message("npy_empty.npy"), ContainsSubstring("(0, 4, 2)"));
  CHECK_THAT(message("npy_records.npy"), ContainsSubstring("named fields"));
  CHECK(message("npy_scores.npy").empty());
  CHECK_THAT(message_of<Error>([] {
               (void)io::read_npy<float, 3>(fixture("npy_scores.npy"), {std::nullopt, 5, 2});
             }),
             ContainsSubstring("(3, 4, 2)") && ContainsSubstring("(any, 5, 2)"));
  CHECK_THAT(message_of<Error>([] { (void)io::read_npy<float, 3>("no/such/file.npy"); }),
             ContainsSubstring("no/such/file.npy"));
}

TEST_CASE("every way to cut an .npy file short is an error, and so is a longer one") {
  std::string const whole = read_text(fixture("npy_scores.npy"));
  TemporaryFolder const folder;
  auto const read = [&](std::string const& text) {
    write_text(folder / "x.npy", text);
    return message_of<Error>([&] { (void)io::read_npy<float, 3>(folder / "x.npy"); });
  };
  CHECK(read(whole).empty());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    INFO(length << " bytes");
    CHECK_THAT(read(whole.substr(0, length)), ContainsSubstring("x.npy"));
  }
  CHECK_THAT(read(whole + "1"), ContainsSubstring("97 bytes") && ContainsSubstring("96 for"));
}

TEST_CASE("headers that numpy would read are read, whatever their length and the order of their keys") {
  for (std::size_t padding : {0u, 100u, 300u, 70000u}) {
    INFO(padding);
    std::string const header =
        "{\"shape\": (2, 3), 'fortran_order': False, 'descr': '<f4'}" + std::string(padding, ' ') + "\n";
    CHECK(error_of(npy_bytes(header, 24, padding > 60000 ? 2 : 1)).empty());
  }
}

TEST_CASE("a header that lies or is none is an error, and claims no memory") {
  auto const with_shape = [](std::string const& shape) {
    return error_of(npy_bytes("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }\n", 24));
  };
  CHECK(with_shape("(2, 3)").empty());
  for (char const* shape : {"(2, 4)", "(1, 3)", "(4611686018427387904, 4)", "(9223372036854775808, 2)",
                            "(18446744073709551615, 18446744073709551615)", "(99999999999999999999, 1)", "(-2, 3)",
                            "(2, x)", "(2, 3", "2, 3", "()", "(6,)", "(2, 3, 1)", "(0, 18446744073709551615)"}) {
    INFO(shape);
    CHECK_FALSE(with_shape(shape).empty());
  }
  for (char const* header :
       {"", "{", "{}", "{'descr'", "{'descr': '<f4'", "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2, 3)}", "{'descr': <f4, 'fortran_order': False}",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3)} x",
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': '|S4', 'fortran_order': False, 'shape': (2, 3)}",
        "{'descr': '', 'fortran_order': False, 'shape': (2, 3)}"}) {
    INFO(header);
    CHECK_THAT(error_of(npy_bytes(header, 24)), ContainsSubstring("x.npy"));
  }
  CHECK_THAT(error_of("PK\x03\x04 an archive of arrays"), ContainsSubstring("no .npy file"));
  CHECK_THAT(error_of(npy_bytes("{}", 0, 3)), ContainsSubstring("version 3.0"));
}

TEST_CASE("bytes changed anywhere give an array or an error, nothing else") {
  std::string const whole = read_text(fixture("npy_scores.npy"));
  TemporaryFolder const folder;
  int read = 0;
  for (std::uint64_t trial = 0; trial < 3000; ++trial) {
    std::string text = whole;
    for (std::uint64_t change = 0; change < 1 + trial % 3; ++change) {
      text[Seed{trial}.below(128, 2 * change)] = static_cast<char>(Seed{trial}.below(256, 2 * change + 1));
    }
    write_text(folder / "x.npy", text);
    std::string error;
    std::size_t size = 24; // the only one that the file's length allows
    try {
      size = io::read_npy<float, 3>(folder / "x.npy").size();
      ++read;
    } catch (Error const& e) {
      error = e.what();
    }
    CHECK(size == 24);
    CHECK(std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  }
  CHECK(read > 0);
}

TEST_CASE("what is written is read back bit for bit, has numpy's bytes, and replaces a file whole") {
  TemporaryFolder const folder;
  auto const scores = io::read_npy<float, 3>(fixture("npy_scores.npy"));
  io::write_npy(folder / "scores.npy", scores);
  CHECK(read_text(folder / "scores.npy") == read_text(fixture("npy_scores.npy")));
  io::write_npy(folder / "ranks.npy", io::read_npy<std::int32_t, 2>(fixture("npy_ranks.npy")));
  CHECK(read_text(folder / "ranks.npy") == read_text(fixture("npy_ranks.npy")));
  xt::xtensor<double, 1> const row = {1.5, -2.0};
  io::write_npy(folder / "scores.npy", row);
  CHECK((io::read_npy<double, 1>(folder / "scores.npy", {2}) == row)); // Catch would take the array apart
  CHECK(folder.entries() == 2);
  CHECK_THROWS_AS(io::write_npy(folder / "absent/x.npy", row), Error);
}
