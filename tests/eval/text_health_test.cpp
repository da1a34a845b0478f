/// What a set of responses looks like, against nltk and by hand.
#include "support/catch.hpp"

#include <srlm/eval/text_health.hpp>
#include <srlm/io/json.hpp>

using namespace srlm;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

TextHealth health_of(std::vector<std::string> const& texts) {
  std::vector<Response> responses;
  for (std::string const& text : texts) {
    responses.push_back({text, {}});
  }
  return text_health(responses);
}

std::size_t run_of(std::string_view text) { return text::longest_repeated_run(text::WordNumbers{}(text)); }

} // namespace

TEST_CASE("self-BLEU is nltk's, repetition and diversity follow their definitions") {
  io::Json const sets = io::read_json_file(SRLM_TEST_DATA_DIR "/fixtures/response_sets.json");
  REQUIRE(sets.size() >= 10);
  for (io::Json const& set : sets) {
    CAPTURE(set.dump());
    auto const texts = set.at("texts").get<std::vector<std::string>>();
    TextHealth const health = health_of(texts);
    REQUIRE(health.self_bleu.has_value());
    CHECK(*health.self_bleu == Approx(set.at("self_bleu").get<double>()).epsilon(1e-12));
    for (std::size_t i = 0; i < health.distinct.size(); ++i) {
      CHECK(health.distinct[i] == Approx(set.at("distinct")[i].get<double>()).epsilon(1e-12));
    }
    for (std::size_t i = 0; i < health.repetition.size(); ++i) {
      CHECK(health.repetition[i] == Approx(set.at("repetition")[i].get<double>()).epsilon(1e-12));
    }
    for (std::size_t i = 0; i < texts.size(); ++i) {
      CHECK(text::count_characters(texts[i]) == set.at("characters")[i].get<std::size_t>());
      CHECK(text::split_at_space(texts[i]).size() == set.at("words")[i].get<std::size_t>());
    }
  }
}

TEST_CASE("the order of the responses does not matter") {
  std::vector<std::string> texts = {"the sea was calm", "the sea was late and calm", "rain", "", "the sea the sea"};
  TextHealth const there = health_of(texts);
  std::reverse(texts.begin(), texts.end());
  TextHealth const back = health_of(texts);
  CHECK(*there.self_bleu == Approx(*back.self_bleu).epsilon(1e-14));
  CHECK(there.distinct == back.distinct);
  CHECK(there.longest_run.most == back.longest_run.most);
}

TEST_CASE("the longest run is of words in which one unit follows itself") {
  CHECK(run_of("") == 0);
  CHECK(run_of("one") == 0);
  CHECK(run_of("one two three") == 0);
  CHECK(run_of("one two one") == 0);
  CHECK(run_of("no no no") == 3);
  CHECK(run_of("he said he said he") == 5);
  CHECK(run_of("well he said he said so so") == 4);
  CHECK(run_of("no no yes no no no no") == 4);
  CHECK(run_of("No no") == 0); // as it stands
  std::string unit, longer;
  for (int i = 0; i < 64; ++i) {
    unit += "w" + std::to_string(i) + " ";
  }
  CHECK(run_of(unit + unit) == 128);
  longer = unit + "end ";
  CHECK(run_of(longer + longer) == 0); // a unit of 65 words
}

TEST_CASE("lengths are counted in characters, words and, where all responses have them, tokens") {
  std::vector<Response> responses = {{"caf\u00E9 au lait", {1, 2, 3, 4}}, {"", {9}, false}, {"yes", {5, 9}}};
  TextHealth const health = text_health(responses);
  CHECK(health.responses == 3);
  CHECK(health.ended == Approx(2.0 / 3));
  CHECK(health.blank == Approx(1.0 / 3));
  CHECK(health.characters.most == 12);
  CHECK(health.characters.median == 3);
  CHECK(health.words.mean == Approx(4.0 / 3));
  CHECK(health.words.least == 0);
  REQUIRE(health.tokens.has_value());
  CHECK(health.tokens->mean == Approx(7.0 / 3));
  CHECK(health.tokens->most == 4);
  responses[1].tokens = {};
  CHECK_FALSE(text_health(responses).tokens.has_value());
}

TEST_CASE("a median of an even number lies in the middle") {
  Spread const spread = spread_of({4, 1, 3, 10});
  CHECK(spread.median == 3.5);
  CHECK(spread.mean == 4.5);
  CHECK(spread.least == 1);
  CHECK(spread.most == 10);
}

TEST_CASE("sets too small for a measure say so") {
  CHECK_FALSE(health_of({"alone"}).self_bleu.has_value());
  CHECK(health_of({"a"}).distinct[1] == 0);
  CHECK(health_of({"", " \n"}).blank == 1);
  CHECK(*health_of({"", ""}).self_bleu == 0);
  CHECK_THROWS_WITH(text_health({}), ContainsSubstring("text_health: got no responses"));
}
