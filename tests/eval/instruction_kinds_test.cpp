/// The kinds of verifiable instructions one by one: what is kept, what is broken, and the edges between.
#include "support/catch.hpp"

#include <srlm/eval/instructions.hpp>

using namespace srlm;

namespace {

constexpr auto less_than = Relation::less_than;
constexpr auto at_least = Relation::at_least;

} // namespace

TEST_CASE("keywords stand in a response in any case, also inside a word") {
  KeywordExistence const kind{{"Sea", "rain"}};
  CHECK(kind.is_kept_by("The SEA. Raining."));
  CHECK(kind.is_kept_by("seashore, train"));
  CHECK_FALSE(kind.is_kept_by("The sea."));
  CHECK_FALSE(kind.is_kept_by("rainy"));
  CHECK_FALSE(kind.is_kept_by("se a rain"));
  CHECK(KeywordExistence{{"\u00C9cole"}}.is_kept_by("une \u00E9cole"));
  CHECK(KeywordExistence{{"C++"}}.is_kept_by("I like c++.")); // a text, not a pattern
  CHECK_FALSE(KeywordExistence{{"C."}}.is_kept_by("Ca"));
}

TEST_CASE("a keyword is counted without overlaps") {
  CHECK(KeywordFrequency{"sea", 2, at_least}.is_kept_by("Sea and seashore"));
  CHECK_FALSE(KeywordFrequency{"sea", 3, at_least}.is_kept_by("Sea and seashore"));
  CHECK(KeywordFrequency{"sea", 3, less_than}.is_kept_by("Sea and seashore"));
  CHECK_FALSE(KeywordFrequency{"sea", 2, less_than}.is_kept_by("Sea and seashore"));
  CHECK(KeywordFrequency{"aa", 1, at_least}.is_kept_by("aaa"));
  CHECK_FALSE(KeywordFrequency{"aa", 2, at_least}.is_kept_by("aaa"));
  CHECK(KeywordFrequency{" sea ", 1, at_least}.is_kept_by("sea"));
  CHECK(KeywordFrequency{"sea", 1, less_than}.is_kept_by("rain"));
}

TEST_CASE("a forbidden word may stand inside a longer word") {
  ForbiddenWords const kind{{"rain", "sea"}};
  CHECK(kind.is_kept_by("Train to the seashore, raining."));
  CHECK_FALSE(kind.is_kept_by("RAIN"));
  CHECK_FALSE(kind.is_kept_by("the sea."));
  CHECK_FALSE(kind.is_kept_by("(sea)"));
  CHECK(kind.is_kept_by("sea_level rain1"));
  CHECK_FALSE(kind.is_kept_by("trains rain")); // the second place counts too
  CHECK(ForbiddenWords{{"caf"}}.is_kept_by("caf\u00E9"));
}

TEST_CASE("a letter is counted in both cases, and any character may be asked for") {
  CHECK(LetterFrequency{"h", 2, at_least}.is_kept_by("Hh"));
  CHECK_FALSE(LetterFrequency{"h", 3, at_least}.is_kept_by("Hh"));
  CHECK(LetterFrequency{"H", 3, less_than}.is_kept_by("hH"));
  CHECK_FALSE(LetterFrequency{"h", 2, less_than}.is_kept_by("Hh"));
  CHECK(LetterFrequency{"!", 2, at_least}.is_kept_by("a! b!"));
  CHECK(LetterFrequency{"\u00E9", 2, at_least}.is_kept_by("\u00C9\u00E9"));
}

TEST_CASE("sentences end at marks before white space, titles and initials excepted") {
  auto const count = [](std::string_view text) { return text::count_sentences(text); };
  CHECK(count("") == 0);
  CHECK(count(" \n") == 0);
  CHECK(count("No mark") == 1);
  CHECK(count("One. Two? Three! Four") == 4);
  CHECK(count("What?! Yes.") == 2);
  CHECK(count("3.5 is a number. v1.2.3 too") == 2);
  CHECK(count("Dr. J. Smith met Mrs. Jones. They spoke.") == 2);
  CHECK(count("He said \"no.\" Then (perhaps.) he left.") == 3);
  CHECK(count("He said \u201Cno.\u201D Then he left.") == 2);
  CHECK(count("Well... perhaps. Well... Perhaps.") == 3);
  CHECK(count("At 5 p.m. we left. It was 6 p.m. Then we ate.") == 3);
  CHECK(count("Acme Inc. sold it. I am Acme Inc. \u00C9lan bought it.") == 3);
  CHECK(count("So said I. Then no more.") == 2);
  CHECK(count("Go . Stop .") == 2);
  CHECK(count("A line\nand another.\n\nA third") == 2);
  CHECK(NumberOfSentences{2, at_least}.is_kept_by("One. Two."));
  CHECK_FALSE(NumberOfSentences{3, at_least}.is_kept_by("One. Two."));
  CHECK(NumberOfSentences{3, less_than}.is_kept_by("One. Two."));
  CHECK_FALSE(NumberOfSentences{2, less_than}.is_kept_by("One. Two."));
}

TEST_CASE("paragraphs lie between dividers, none of them blank inside") {
  NumberOfParagraphs const two{2};
  CHECK(two.is_kept_by("a\n***\nb"));
  CHECK(two.is_kept_by("***a***b***"));
  CHECK_FALSE(two.is_kept_by("a\n\nb"));
  CHECK_FALSE(two.is_kept_by("a***b***c"));
  CHECK_FALSE(two.is_kept_by("a***\n***b"));
  CHECK_FALSE(two.is_kept_by("a******b"));
  CHECK(NumberOfParagraphs{1}.is_kept_by("a ** b"));
}

TEST_CASE("words are stretches of letters and digits") {
  auto const count = [](std::string_view text) { return text::count_words(text); };
  CHECK(count("") == 0);
  CHECK(count("- , !") == 0);
  CHECK(count("don't re-read x_1, 3.5%") == 7);
  CHECK(count("na\u00EFve caf\u00E9\u2014\u65E5\u672C\u8A9E \U0001F600 \u201Cyes\u201D") == 4);
  CHECK(count("a\xFF"
              "b") == 2); // a byte that is no character
  CHECK(NumberOfWords{3, at_least}.is_kept_by("a b c"));
  CHECK_FALSE(NumberOfWords{4, at_least}.is_kept_by("a b c"));
  CHECK(NumberOfWords{4, less_than}.is_kept_by("a b c"));
  CHECK_FALSE(NumberOfWords{3, less_than}.is_kept_by("a b c"));
}

TEST_CASE("the first word of the paragraph at its place, and how many paragraphs there are") {
  NthParagraphFirstWord const kind{2, 2, "Rain"};
  CHECK(kind.is_kept_by("Sun.\n\nrain fell"));
  CHECK(kind.is_kept_by("Sun.\n\n'\"RAIN's end"));
  CHECK(kind.is_kept_by("Sun.\n\n\nrain."));
  CHECK_FALSE(kind.is_kept_by("Sun.\n\nrainy"));
  CHECK_FALSE(kind.is_kept_by("rain\n\nsun"));
  CHECK_FALSE(kind.is_kept_by("Sun.\n\nrain\n\nsun"));
  CHECK_FALSE(kind.is_kept_by("Sun.\nrain"));
  CHECK_FALSE(kind.is_kept_by("Sun.\n\n\n\nrain")); // the second place is blank
  CHECK_FALSE(NthParagraphFirstWord{1, 2, "rain"}.is_kept_by("rain"));
  CHECK_FALSE(NthParagraphFirstWord{1, 0, "rain"}.is_kept_by("rain"));
}

TEST_CASE("placeholders stand in brackets of one line") {
  NumberOfPlaceholders const two{2};
  CHECK(two.is_kept_by("[name] and [address]"));
  CHECK(two.is_kept_by("[a][]"));
  CHECK_FALSE(two.is_kept_by("[a[b] c]"));
  CHECK_FALSE(two.is_kept_by("[a\nb] [c]"));
  CHECK_FALSE(two.is_kept_by("]a[ [b]"));
  CHECK(NumberOfPlaceholders{0}.is_kept_by("none"));
}

TEST_CASE("a postscript's marker may have a space behind its dots") {
  Postscript const ps{"P.S."}, pps{"P.P.S"};
  CHECK(ps.is_kept_by("Bye.\n\nP.S. More"));
  CHECK(ps.is_kept_by("p. s. more"));
  CHECK(ps.is_kept_by("P.P.S. more"));
  CHECK_FALSE(ps.is_kept_by("PS more"));
  CHECK_FALSE(ps.is_kept_by("P.  S. more"));
  CHECK_FALSE(ps.is_kept_by("P.S"));
  CHECK(pps.is_kept_by("P.P.S more"));
  CHECK(pps.is_kept_by("p. p. s"));
  CHECK_FALSE(pps.is_kept_by("P.S. more"));
  CHECK(Postscript{"Note: a"}.is_kept_by("NOTE: A"));
}

TEST_CASE("bullets begin lines, exactly so many") {
  NumberOfBullets const two{2};
  CHECK(two.is_kept_by("List:\n* a\n- b"));
  CHECK(two.is_kept_by("  * a\n\t*b"));
  CHECK_FALSE(two.is_kept_by("* a"));
  CHECK_FALSE(two.is_kept_by("* a\n* b\n* c"));
  CHECK_FALSE(two.is_kept_by("* a\n**b**"));
  CHECK_FALSE(two.is_kept_by("* a and * b"));
  CHECK_FALSE(two.is_kept_by("* a\n1. b"));
  CHECK(NumberOfBullets{0}.is_kept_by("none"));
}

TEST_CASE("a constrained response holds one of the three options in their letters") {
  ConstrainedResponse const kind;
  CHECK(kind.is_kept_by("My answer is yes."));
  CHECK(kind.is_kept_by("Well. My answer is maybe. So."));
  CHECK_FALSE(kind.is_kept_by("my answer is no."));
  CHECK_FALSE(kind.is_kept_by("My answer is no"));
  CHECK_FALSE(kind.is_kept_by("yes."));
}

TEST_CASE("highlights lie between one or two asterisks of one line") {
  auto const holds = [](std::int64_t count, std::string_view text) {
    return NumberOfHighlights{count}.is_kept_by(text) && !NumberOfHighlights{count + 1}.is_kept_by(text);
  };
  CHECK(holds(0, "none * at\nall *"));
  CHECK(holds(1, "*a*"));
  CHECK(holds(1, "**a**"));
  CHECK(holds(2, "*a b* **c**"));
  CHECK(holds(2, "***a***")); // read both ways
  CHECK(holds(0, "**** ** **"));
  CHECK(holds(1, "*a*b*"));
  CHECK(holds(0, "* item\n* item"));
}

TEST_CASE("sections begin with their word and a number") {
  MultipleSections const two{"Section", 2};
  CHECK(two.is_kept_by("Section 1\na\nSection 2\nb"));
  CHECK(two.is_kept_by("Section1 Section\n2 Section 3"));
  CHECK_FALSE(two.is_kept_by("Section 1\na\nsection 2"));
  CHECK_FALSE(two.is_kept_by("Section one Section 2"));
  CHECK_FALSE(two.is_kept_by("Section  1 Section 2"));
  CHECK_FALSE(two.is_kept_by(""));
  CHECK(MultipleSections{" PART ", 1}.is_kept_by("PART 1"));
}

TEST_CASE("JSON may stand in a fence, and nothing beside it") {
  JsonFormat const kind;
  CHECK(kind.is_kept_by(R"({"a": [1, 2]})"));
  CHECK(kind.is_kept_by("```json\n{\"a\": 1}\n```"));
  CHECK(kind.is_kept_by(" ```\n[]\n``` "));
  CHECK(kind.is_kept_by("3.5"));
  CHECK_FALSE(kind.is_kept_by("{'a': 1}"));
  CHECK_FALSE(kind.is_kept_by("Here: {}"));
  CHECK_FALSE(kind.is_kept_by("{\"a\": 1,}"));
  CHECK_FALSE(kind.is_kept_by("```json\n```"));
  CHECK_FALSE(kind.is_kept_by("{} {}"));
  CHECK_FALSE(kind.is_kept_by(std::string(100000, '['))); // deep, and refused without harm
}

TEST_CASE("a title stands in double angular brackets and says something") {
  TitleInBrackets const kind;
  CHECK(kind.is_kept_by("<<poem of joy>>\nText"));
  CHECK(kind.is_kept_by("Text <<a>>"));
  CHECK_FALSE(kind.is_kept_by("<poem>"));
  CHECK_FALSE(kind.is_kept_by("<<poem\nof joy>>"));
  CHECK_FALSE(kind.is_kept_by("<< >>"));
  CHECK_FALSE(kind.is_kept_by("<<>>"));
  CHECK_FALSE(kind.is_kept_by("<<<>>>"));
  CHECK_FALSE(kind.is_kept_by(">>a<<"));
}

TEST_CASE("two responses differ and have the separator between them") {
  TwoResponses const kind;
  CHECK(kind.is_kept_by("One\n******\nTwo"));
  CHECK(kind.is_kept_by("******One******Two******"));
  CHECK_FALSE(kind.is_kept_by("One******One \n"));
  CHECK_FALSE(kind.is_kept_by("One***Two"));
  CHECK_FALSE(kind.is_kept_by("One******Two******Three"));
  CHECK_FALSE(kind.is_kept_by("One******\n******Two"));
  CHECK_FALSE(kind.is_kept_by("One******"));
}

TEST_CASE("the request comes first, the phrase last, in any case") {
  RepeatPrompt const repeat{" What is rain?\n"};
  CHECK(repeat.is_kept_by(" what IS rain? Water."));
  CHECK_FALSE(repeat.is_kept_by("Sure. What is rain? Water."));
  CHECK_FALSE(repeat.is_kept_by("What is rain"));
  EndPhrase const end{"Any other questions? "};
  CHECK(end.is_kept_by("Water. ANY other questions?\n"));
  CHECK(end.is_kept_by("\"Water. Any other questions?\""));
  CHECK_FALSE(end.is_kept_by("Any other questions? No."));
  CHECK_FALSE(end.is_kept_by("Any other questions"));
}

TEST_CASE("a quotation has straight marks at both ends") {
  Quotation const kind;
  CHECK(kind.is_kept_by(" \"Yes.\"\n"));
  CHECK(kind.is_kept_by("\"\""));
  CHECK_FALSE(kind.is_kept_by("\""));
  CHECK_FALSE(kind.is_kept_by("\"Yes\"."));
  CHECK_FALSE(kind.is_kept_by("\u201CYes.\u201D"));
  CHECK_FALSE(kind.is_kept_by("'Yes.'"));
}

TEST_CASE("words in capitals are counted") {
  auto const holds = [](std::int64_t count, std::string_view text) {
    return CapitalWordFrequency{count, at_least}.is_kept_by(text) &&
           CapitalWordFrequency{count + 1, less_than}.is_kept_by(text);
  };
  CHECK(holds(0, "none 42 - Na"));
  CHECK(holds(2, "I saw NASA"));
  CHECK(holds(1, "WELL-KNOWN"));
  CHECK(holds(1, "NASA's"));
  CHECK(holds(2, "YES,NO"));
  CHECK(holds(3, "U.S. COVID-19 **BOLD**"));
  CHECK(holds(1, "\u00C9COLE \u00E9cole"));
}

TEST_CASE("all capitals, all small letters: one letter at least, and none of the other kind") {
  EnglishCapital const capital;
  EnglishLowercase const small;
  CHECK(capital.is_kept_by("YES, 42!"));
  CHECK_FALSE(capital.is_kept_by("YES, sir"));
  CHECK_FALSE(capital.is_kept_by("42"));
  CHECK_FALSE(capital.is_kept_by("STRA\u00DFE"));
  CHECK(small.is_kept_by("yes, 42!"));
  CHECK_FALSE(small.is_kept_by("yes, Sir"));
  CHECK_FALSE(small.is_kept_by("42"));
  CHECK_FALSE(small.is_kept_by("\u00C9cole"));
}

TEST_CASE("no comma is none") {
  CHECK(NoComma{}.is_kept_by("a; b"));
  CHECK(NoComma{}.is_kept_by("\uFF0C")); // another character
  CHECK_FALSE(NoComma{}.is_kept_by("1,000"));
}
