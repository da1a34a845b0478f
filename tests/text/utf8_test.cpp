/// UTF-8: how many characters a text has.
#include "support/catch.hpp"
#include <srlm/text/utf8.hpp>

using srlm::text::character_count;

TEST_CASE("characters are counted, not bytes, and a broken byte is one") {
  CHECK(character_count("") == 0);
  CHECK(character_count("plain") == 5);
  CHECK(character_count("\u00c7a \u20ac \U0001F41D") == 6);
  CHECK(character_count("a\xE2\x82") == 3);            // cut inside a character: two bytes that are part of none
  CHECK(character_count("\xC0\xAF\xED\xA0\x80") == 5); // an overlong form and a surrogate
  CHECK(character_count(std::string_view("\0x", 2)) == 2);
}
