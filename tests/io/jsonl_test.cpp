// JSON Lines: what is read, what is refused with file and line, and a writer that notices a full disk.
#include "support/catch.hpp"
#include "temporary_folder.hpp"
#include <srlm/io/jsonl.hpp>
#include <sstream>
#include <vector>

using namespace srlm::io;
using srlm::Error;

namespace {

std::vector<std::pair<std::size_t, Json>> read(std::string const& text) {
  std::istringstream in(text);
  std::vector<std::pair<std::size_t, Json>> rows;
  read_jsonl(in, "seeds.jsonl", [&](Json const& row, std::size_t line) { rows.emplace_back(line, row); });
  return rows;
}

std::string refused(std::string const& text) {
  return message_of<Error>([&] { read(text); });
}

bool says(std::string const& message, std::string const& part) {
  UNSCOPED_INFO(message);
  return message.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("blank lines, CRLF, a byte-order mark and a missing last newline are tolerated", "[io]") {
  auto const rows = read("\xEF\xBB\xBF{\"a\":1}\r\n\n  \t\r\n{\"a\":2}\n{\"a\":3}");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].first == 1);
  CHECK(rows[1].first == 4);
  CHECK(rows[2].first == 5);
  CHECK(rows[2].second["a"] == 3);
  CHECK(read("").empty());
  CHECK(read("\n\n").empty());
}

TEST_CASE("a bad line is refused with the file and its number", "[io]") {
  CHECK(says(refused("{}\n{\"a\":\n"), "seeds.jsonl:2: not JSON"));
  CHECK(says(refused("{}\n\n[1]\n"), "seeds.jsonl:3: got [1], expected a JSON object"));
  CHECK(says(refused("{} {}\n"), "seeds.jsonl:1"));
  CHECK(says(refused("{\"a\":\"\xFF\"}\n"), "UTF-8"));
  CHECK(says(refused("{\"a\":\"\xC3\"}\n"), "seeds.jsonl:1"));
  CHECK(says(refused("{\"a\":" + std::string(100'000, '[')), "nested deeper"));
  CHECK(says(refused("{\"a\":1e999}"), "seeds.jsonl:1"));
}

TEST_CASE("a missing or mistyped field is refused with its place and name", "[io]") {
  Json const row = {{"text", "x"}, {"number", 1.5}, {"whole", 7}, {"flag", true}, {"list", {1}}, {"none", nullptr}};
  std::string const at = "seeds.jsonl:3";
  CHECK(required_string(row, "text", at) == "x");
  CHECK(required_number(row, "number", at) == 1.5);
  CHECK(required_number(row, "whole", at) == 7.0);
  CHECK(required_integer(row, "whole", at) == 7);
  CHECK(required_bool(row, "flag", at));
  CHECK(required_array(row, "list", at).size() == 1);
  CHECK(!optional_string(row, "none", at));
  CHECK(!optional_integer(row, "absent", at));
  CHECK(says(message_of<Error>([&] { required_string(row, "absent", at); }), at + ": the field \"absent\" is missing"));
  CHECK(says(message_of<Error>([&] { required_string(row, "none", at); }), "missing"));
  CHECK(says(message_of<Error>([&] { required_string(row, "whole", at); }), "got 7, expected a string"));
  CHECK(says(message_of<Error>([&] { required_number(row, "text", at); }), "got \"x\", expected a number"));
  CHECK(says(message_of<Error>([&] { required_integer(row, "number", at); }), "whole number"));
  CHECK(says(message_of<Error>([&] { required_bool(row, "whole", at); }), "true or false"));
  CHECK(says(message_of<Error>([&] { required_array(row, "text", at); }), "an array"));
  CHECK(says(message_of<Error>([&] { required_integer({{"n", 18446744073709551615ull}}, "n", at); }), "whole number"));
  CHECK(says(message_of<Error>([&] { required_string(Json(3), "text", at); }), "a JSON object"));
  CHECK(excerpt(Json(std::string(100, 'x'))).size() == 63);
}

TEST_CASE("a file that is absent or a folder is refused by name", "[io]") {
  TemporaryFolder const folder;
  auto const nothing = [](Json const&, std::size_t) {};
  CHECK(says(message_of<Error>([&] { read_jsonl(folder / "absent", nothing); }), "absent: cannot be opened"));
  CHECK(says(message_of<Error>([&] { read_jsonl(folder.path(), nothing); }), "a folder"));
}

TEST_CASE("what is appended is read back, over several openings", "[io]") {
  TemporaryFolder const folder;
  std::string const path = folder / "out.jsonl";
  {
    JsonlWriter writer(path);
    writer.append(Json{{"text", "line\nbreak \xC3\xA9"}});
    writer.flush();
    CHECK(read_text(path) == "{\"text\":\"line\\nbreak \xC3\xA9\"}\n"); // one line, at once
  }
  JsonlWriter writer(path);
  writer.append(OrderedJson{{"z", 1}, {"a", 2}});
  writer.close();
  CHECK_THROWS_AS(writer.append(Json::object()), Error);
  std::vector<Json> rows;
  read_jsonl(path, [&](Json const& row, std::size_t) { rows.push_back(row); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0]["text"] == "line\nbreak \xC3\xA9");
  CHECK(read_text(path).ends_with("{\"z\":1,\"a\":2}\n"));
  JsonlWriter(path, JsonlWriter::Mode::replace).append(Json{{"n", 1}});
  CHECK(read_text(path) == "{\"n\":1}\n");
}

TEST_CASE("an answer cut inside a character is written as valid JSON", "[io]") {
  TemporaryFolder const folder;
  JsonlWriter writer(folder / "out");
  writer.append(Json{{"text", "caf\xC3"}});
  CHECK(read_text(folder / "out") == "{\"text\":\"caf\xEF\xBF\xBD\"}\n");
}

TEST_CASE("a full disk is noticed at the line that does not fit, by name and reason", "[io]") {
  std::ifstream const full("/dev/full");
  if (!full) {
    WARN("skipped: this system has no /dev/full");
    return;
  }
  JsonlWriter writer("/dev/full");
  std::string const message = message_of<Error>([&] { writer.append(Json::object()); });
  CHECK(says(message, "/dev/full"));
  CHECK(says(message, "No space left on device"));
}

TEST_CASE("a writer into a folder that cannot be written is refused at once", "[io]") {
  TemporaryFolder const folder;
  CHECK(says(message_of<Error>([&] { JsonlWriter(folder / "absent/out"); }), "absent/out: cannot be opened"));
}

TEST_CASE("duplicate keys are kept or refused as asked", "[io]") {
  CHECK(parse_json(R"({"a":1,"a":2})", "x")["a"] == 2);
  CHECK(
      says(message_of<Error>([] { parse_json(R"({"b":{"a":1,"a":2}})", "x", DuplicateKeys::refuse); }), "\"a\" twice"));
  CHECK(parse_json(R"([{"a":1},{"a":2}])", "x", DuplicateKeys::refuse).size() == 2);
}
