/// Where the prompt ends in rows that do not name it.
#include "data/conversations.hpp"
#include "support/catch.hpp"

#include <srlm/data/implicit_prompt.hpp>

using namespace srlm;

TEST_CASE("the prompt of two texts is what both begin with, cut inside no word, character or mark") {
  struct Case {
    std::string prompt, chosen, rejected;
  };
  for (Case const& c : std::vector<Case>{
           {"The sky is", " blue.", " green."},
           {"The sky is", " blue", " blueish"},            // a word inside the other
           {"The sky", " is", " isn't"},                   // an apostrophe is no border
           {"Say:", " caf\xC3\xA9", " caf\xC3\xA8"},       // the two share a byte of the letter
           {"Say:", " \xC3\xA9t\xC3\xA9", " \xC3\xA9tat"}, // letters beyond ASCII make words
           {"\xE5\xA4\xA9\xE7\xA9\xBA\xE6\x98\xAF", "\xE8\x93\x9D", "\xE7\xBB\xBF"}, // ideographs need no spaces
           {"\xE5\xA4\xA9", "\xE7\xA9\xBA", "\xE7\xA9\xBB"},                         // that share two bytes of three
           {"Smile!", " \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", " \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBF"}, // colours of a hand
           {"x", " e\xCC\x81", " e\xCC\x80"},                                                    // accents of their own
           {"Q?\n", "Yes", "No"},
           {"Q?\n\n", "A1", "A2"},
           {"What is 2+2?", "4", "5"},
           {"Two spaces: ", " a", " b"},
           {"\n\nHuman: Hi\n\nAssistant:", " I am", " I was"}, // not "I", which the answers share
           {"\n\nHuman: Hi\n\nAssistant: Yes?\n\nHuman: Bye\n\nAssistant:", " Bye bye", " Bye, then"},
           {"", "a", "b"},
           {"", "word", "words"},
           {"The sky is", "", " blue"},
           {"", "", "a"}}) {
    INFO(c.prompt << "|" << c.chosen << "|" << c.rejected);
    CHECK(implicit_prompt_length(c.prompt + c.chosen, c.prompt + c.rejected) == c.prompt.size());
    CHECK(implicit_prompt_length(c.prompt + c.rejected, c.prompt + c.chosen) == c.prompt.size());
  }
}

TEST_CASE("whatever the texts, the cut lies in what both share and between characters") {
  Generated g(3);
  for (int i = 0; i < 2000; ++i) {
    std::string const shared = g.text();
    std::string const a = shared + (g.below(4) == 0 ? "" : g.text()), b = shared + (g.below(4) == 0 ? "" : g.text());
    std::size_t const cut = implicit_prompt_length(a, b);
    INFO(a << "|" << b << "|" << cut);
    REQUIRE(cut <= std::min(a.size(), b.size()));
    REQUIRE(a.substr(0, cut) == b.substr(0, cut));
    for (std::string const& text : {a, b}) {
      REQUIRE((cut == text.size() || (static_cast<unsigned char>(text[cut]) & 0xC0u) != 0x80u));
      bool const letters =
          cut > 0 && cut < text.size() && ascii::is_letter(text[cut - 1]) && ascii::is_letter(text[cut]);
      REQUIRE_FALSE(letters);
    }
  }
}
