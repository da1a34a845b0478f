// Rows out of JSON Lines and out of one JSON array: the same objects, each with its line, and bad ones told of.
#include "support/catch.hpp"
#include <srlm/io/json_rows.hpp>
#include <sstream>
#include <vector>

using namespace srlm::io;
using Catch::Matchers::ContainsSubstring;
using srlm::Error;

namespace {

struct Rows {
  std::vector<std::pair<std::string, Json>> good;
  std::vector<std::string> bad;
};

Rows rows_of(std::string const& text) {
  std::istringstream in(text);
  Rows rows;
  read_json_rows(
      in, "f", [&](Json const& row, std::string const& where) { rows.good.emplace_back(where, row); },
      [&](Error const& error) { rows.bad.emplace_back(error.what()); });
  return rows;
}

} // namespace

TEST_CASE("an array gives what the same rows as lines give", "[io]") {
  std::vector<std::string> const objects = {R"({"a":"],[{}\"\\"})", R"({"b":[[1],{"c":"}"}]})", R"({})",
                                            "{\"\xC3\xA9\":\"\\u00e9\\n\"}", R"({"x":"\\\\"})"};
  std::string lines, array = "[", pretty = "\xEF\xBB\xBF \n [\n";
  for (std::string const& object : objects) {
    lines += object + "\n";
    array += (array.size() > 1 ? "," : "") + object;
    pretty += (pretty.ends_with("[\n") ? "" : ",\n") + ("  " + object + "\r\n");
  }
  Rows const expected = rows_of(lines);
  REQUIRE(expected.good.size() == objects.size());
  for (std::string const& text : {array + "]", array + "]\n\n", pretty + "]"}) {
    INFO(text);
    Rows const rows = rows_of(text);
    CHECK(rows.bad.empty());
    REQUIRE(rows.good.size() == objects.size());
    for (std::size_t i = 0; i < objects.size(); ++i) {
      CHECK(rows.good[i].second == expected.good[i].second);
      CHECK(expected.good[i].first == "f:" + std::to_string(i + 1));
    }
  }
  CHECK(rows_of(pretty + "]").good[3].first == "f:9"); // a line break before each comma
  CHECK(rows_of("[]").good.empty());
  CHECK(rows_of(" [ \n ] ").good.empty());
  CHECK(rows_of("").good.empty());
}

TEST_CASE("a bad row is told of with its line, and those around it are read", "[io]") {
  for (auto const& [text, where] :
       std::vector<std::pair<std::string, std::string>>{{"{\"a\":1}\n{\"a\":\n{\"a\":3}\n", "f:2"},
                                                        {"{\"a\":1}\n[7]\n{\"a\":3}\n", "f:2: got [7]"},
                                                        {"[{\"a\":1},\n7,\n{\"a\":3}]", "f:2: got 7"},
                                                        {"[{\"a\":1},\n\n{\"a\" 2},{\"a\":3}]", "f:3"},
                                                        {"[{\"a\":1},\"x\ny\",{\"a\":3}]", "f:1"},
                                                        {"[{\"a\":1},{\"a\":\"\xFF\"},{\"a\":3}]", "f:1"}}) {
    INFO(text);
    Rows const rows = rows_of(text);
    REQUIRE(rows.bad.size() == 1);
    CHECK_THAT(rows.bad[0], ContainsSubstring(where));
    REQUIRE(rows.good.size() == 2);
    CHECK(rows.good[1].second.at("a") == 3);
  }
}

TEST_CASE("an array that is broken is an error with the line, never an end of the data", "[io]") {
  for (auto const& [text, part] :
       std::vector<std::pair<std::string, std::string>>{{"[", "f:2: got the end of the file"},
                                                        {"[{\"a\":1}", "the end of the file"},
                                                        {"[{\"a\":1},", "the end of the file"},
                                                        {"[{\"a\":1},]", "f:1: got \"]\""},
                                                        {"[,{\"a\":1}]", "f:1: got \",\""},
                                                        {"[{\"a\":1}\n{\"a\":2}]", "f:"},
                                                        {"[{\"a\":1}}", "got \"}\""},
                                                        {"[{\"a\":1}]\n{\"a\":2}", "f:2: got \"{\" behind the array"},
                                                        {"[{\"a\":1}]x", "behind the array"}}) {
    INFO(text);
    try {
      Rows const rows = rows_of(text);
      REQUIRE(rows.bad.size() == 1); // two objects without a comma are one bad element
      CHECK_THAT(rows.bad[0], ContainsSubstring(part));
    } catch (Error const& error) {
      CHECK_THAT(error.what(), ContainsSubstring(part));
    }
  }
  std::string const opened(100'000, '['), closed(100'000, ']');
  CHECK_THROWS_WITH(rows_of(opened), ContainsSubstring("the end of the file"));
  Rows const deep = rows_of("[" + opened + closed + ",{\"a\":1}]");
  REQUIRE(deep.bad.size() == 1);
  CHECK_THAT(deep.bad[0], ContainsSubstring("f:1: got JSON nested deeper"));
  CHECK(deep.good.size() == 1);
}
