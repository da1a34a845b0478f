#include "support/catch.hpp"

#include <srlm/data/prompt_filter.hpp>

using namespace srlm;

namespace {

PromptRefusal alone(std::string_view text) { return PromptFilter{}.check(text); }

std::string words(std::size_t count, std::string const& prefix = "word") {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : " ") + prefix + std::to_string(i);
  }
  return text;
}

} // namespace

TEST_CASE("three words are dropped, four kept, 150 kept, 151 dropped") {
  CHECK(alone("") == PromptRefusal::too_short);
  CHECK(alone(" \n ") == PromptRefusal::too_short);
  CHECK(alone("Name three fruits") == PromptRefusal::too_short);
  CHECK(alone("  Name \n three\tfruits ") == PromptRefusal::too_short);
  CHECK(alone("Name three red fruits") == PromptRefusal::none);
  CHECK(alone(words(150)) == PromptRefusal::none);
  CHECK(alone(words(151)) == PromptRefusal::too_long);
}

TEST_CASE("what text cannot do is recognised by whole words: a graph is dropped, a graphic kept") {
  for (char const* text :
       {"Describe the image in words", "Compare these two Images now", "Explain the graph below please",
        "Two graphs are shown here", "Look at this picture closely", "Sort the pictures by age",
        "Open the file and read", "Which files are too large", "Find Rome on a map", "Fold the maps with care",
        "Please draw me a sheep", "Plot the sine of x", "Please go to the shop", "Tell me why (graph) matters",
        "Go  to the\nlibrary and read", "What is an image?", "Rewrite this file: hello"}) {
    INFO(text);
    CHECK(alone(text) == PromptRefusal::keyword);
  }
  for (char const* text :
       {"Explain what a graphic novel is", "Imagine that you are old", "Write a short profile of Bach",
        "Describe the picturesque old town", "Explain what a drawback is", "Summarise the plots of both",
        "Going to sleep is hard", "Ergo tomatoes are red fruit", "Name a photographer you know",
        "What does image_size mean here"}) {
    INFO(text);
    CHECK(alone(text) == PromptRefusal::none);
  }
}

TEST_CASE("a bad beginning is dropped") {
  CHECK(alone("Write a program that sorts numbers") == PromptRefusal::program);
  CHECK(alone("write a Program that sorts numbers") == PromptRefusal::program);
  CHECK(alone("Write a programme for the concert") == PromptRefusal::none);
  CHECK(alone("Please write a program for me") == PromptRefusal::none);
  for (char const* text :
       {"- name three red fruits", "\"Quote\" what does it mean", "(a) name some fruits", "<b> is a tag here",
        "\xC3\x89tude: what does it mean", "\xE4\xBD\xA0\xE5\xA5\xBD a b c d"}) {
    INFO(text);
    CHECK(alone(text) == PromptRefusal::bad_start);
  }
  CHECK(alone("3 apples cost how much") == PromptRefusal::none);
}

TEST_CASE("what is known is a duplicate, but for case and white space") {
  PromptFilter filter;
  filter.add("Name three red fruits.");
  CHECK(filter.check("Name three red fruits.") == PromptRefusal::duplicate);
  CHECK(filter.check(" name  three\nred FRUITS. ") == PromptRefusal::duplicate);
  CHECK(filter.check("Name three red fruits!") == PromptRefusal::too_similar);
  CHECK(filter.size() == 1);
}

TEST_CASE("ROUGE-L above 0.7 with any known text is dropped, 0.7 is kept") {
  PromptFilter filter;
  filter.add(words(5, "other"));
  filter.add(words(10));
  filter.add(words(12, "third"));
  CHECK(filter.check(words(7) + " " + words(3, "fresh")) == PromptRefusal::none);                  // 14 / 20
  CHECK(filter.check(words(5) + " " + words(2, "fresh") + " " + words(0)) == PromptRefusal::none); // 10 / 17
  CHECK(filter.check(words(8) + " " + words(2, "fresh")) == PromptRefusal::too_similar);           // 16 / 20
  CHECK(filter.check(words(60) + " and more") == PromptRefusal::none);                             // 20 / 72
  CHECK(filter.check("fresh fresh fresh fresh fresh") == PromptRefusal::none);
}

TEST_CASE("every refusal has its own name") {
  for (std::size_t i = 0; i < prompt_refusals; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      CHECK(name_of(static_cast<PromptRefusal>(i)) != name_of(static_cast<PromptRefusal>(j)));
    }
  }
  CHECK(name_of(PromptRefusal::prompt_too_long) == "prompt_too_long");
}
