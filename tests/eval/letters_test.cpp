/// Characters, letters and words beyond ASCII.
#include "support/catch.hpp"

#include <srlm/eval/letters.hpp>

using namespace srlm;

namespace {

std::size_t count_if(std::string_view characters, bool (*holds)(std::uint32_t)) {
  std::size_t count = 0;
  text::for_each_character(characters, [&](std::uint32_t code, std::string_view) { count += holds(code) ? 1 : 0; });
  return count;
}

} // namespace

TEST_CASE("capital letters of Latin, Greek and Cyrillic have their small ones") {
  std::string_view const capital = "AZÀÖØÞĀĮĲĶĹŇŊŶŸŹŽΑΡΣΫΆΈΊΌΎΏАЯЀЁЏѠҀҊҾӀӁӍӐԮ",
                         little = "azàöøþāįĳķĺňŋŷÿźžαρσϋάέίόύώаяѐёџѡҁҋҿӏӂӎӑԯ";
  CHECK(text::lower(capital) == little);
  CHECK(text::lower(little) == little);
  CHECK(count_if(capital, text::is_capital) == text::count_characters(capital));
  CHECK(count_if(capital, text::is_small) == 0);
  CHECK(count_if(little, text::is_capital) == 0);
  CHECK(count_if(little, text::is_small) == text::count_characters(little));
  CHECK(text::lower("\u0130") == "i");
}

TEST_CASE("small letters without a capital one are small, and what has no case is neither") {
  std::string_view const little = "ªºµßĸŉſς", neither = "1_×÷€中א!\u0482";
  CHECK(count_if(little, text::is_small) == text::count_characters(little));
  CHECK(count_if(little, text::is_capital) == 0);
  CHECK(count_if(neither, text::is_small) == 0);
  CHECK(count_if(neither, text::is_capital) == 0);
}

TEST_CASE("letters and digits of all scripts stand in words, marks and pictures do not") {
  std::string_view const words = "aZ0_éßЯא中あ한ع\u0301", others = " -.,'\"\u00A0«»—…“”€→✓★😀。、　！？";
  CHECK(count_if(words, text::is_word_character) == text::count_characters(words));
  CHECK(count_if(others, text::is_word_character) == 0);
}

TEST_CASE("bytes that are no character stay as they are and stand in no word") {
  std::string const broken = "A\xFF\xC3 \xE2\x82";
  CHECK(text::lower(broken) == "a\xFF\xC3 \xE2\x82");
  CHECK(text::count_characters(broken) == 6);
  CHECK(text::count_words(broken) == 1);
  CHECK(text::split_at_space(broken).size() == 2);
}

TEST_CASE("white space of Unicode parts words") {
  CHECK(text::split_at_space("a\u00A0b\u3000c\n\td ").size() == 4);
  CHECK(text::split_at_space(" \n").empty());
  CHECK(text::split_at_space("").empty());
}
