#include "support/catch.hpp"

#include <srlm/judge/score_line.hpp>

#include <string>
#include <vector>

using namespace srlm;

namespace {

struct Reads {
  std::string text;
  float score;
};

} // namespace

TEST_CASE("a score line is read in the forms that judges write") {
  std::vector<Reads> const all = {
      {"Score: 4", 4},
      {"score: 4", 4},
      {"SCORE: 4", 4},
      {"Score:4", 4},
      {"Score : 4", 4},
      {"Score: 4/5", 4},
      {"Score: 4 / 5", 4},
      {"Score: 4.5", 4.5f},
      {"Score: 4.50/5", 4.5f},
      {"**Score: 4**", 4},
      {"**Score:** 4", 4},
      {"**Score**: **4**", 4},
      {"*Score: 4*", 4},
      {"`Score: 4`", 4},
      {"### Score: 4", 4},
      {"- Score: 4", 4},
      {"Score: 4 out of 5", 4},
      {"Score: 4 out of five", 4},
      {"Score: 4 of 5 points", 4},
      {"Score: <4>", 4},
      {"Score: [4]", 4},
      {"Score: \"4\"", 4},
      {"Score (0-5): 4", 4},
      {"Score (out of 5): 4", 4},
      {"Total score: 4", 4},
      {"Final Score: 4", 4},
      {"Overall score: 4", 4},
      {"My score: 4", 4},
      {"Score: 4.", 4},
      {"Score: 4. It was good.", 4},
      {"Score: 4, because it is clear.", 4},
      {"Score: 4 - clear and complete", 4},
      {"Score: 4 points", 4},
      {"Score: +4", 4},
      {"Score: 0", 0},
      {"Score: 0.0", 0},
      {"Score: -0", 0},
      {"Score: 5", 5},
      {"Score: 5.0", 5},
      {"Score: 05", 5},
      {"It is relevant and clear.\nScore: 4\n", 4},
      {"It is relevant. Score: 4", 4},
      {"relevant (1 point), clear (1 point).\r\n\r\nScore: 2\r\n", 2},
      {"Score: 3 (1+1+1)", 3},
      {"na\xC3\xAFve \xE2\x80\x93 Score: 3", 3},
  };
  for (Reads const& r : all) {
    INFO(r.text);
    Verdict const verdict = parse_score(r.text);
    REQUIRE(verdict.score.has_value());
    CHECK(*verdict.score == r.score);
    CHECK(verdict.cause == VerdictCause::none);
    CHECK(verdict.text == r.text);
  }
}

TEST_CASE("P11: a text without one clear score gives none, never a number") {
  std::vector<std::string> const all = {
      "",
      " ",
      "Score",
      "Score:",
      "Score: ",
      "Score:\n",
      "Score: <total points>",
      "Score: <total points, 0 to 5>",
      "Score: NaN",
      "Score: nan",
      "Score: inf",
      "Score: five",
      "Score: n/a",
      "Score: ?",
      "Score: .5",
      "Score: -",
      "Score: +",
      "Score\n4",
      "Score:\n4",
      "Score 4",
      "Scores: 4",
      "Scored: 4",
      "Underscore: 4",
      "highscore: 4",
      "4",
      "4/5",
      "I would give it 4 points out of 5.",
      "Rating: 4",
      "Relevance score: 1",
      "**Clarity Score**: 1",
      "Score: 4-5",
      "Score: 4 - 5",
      "Score: 4\xE2\x80\x93"
      "5",
      "Score: 4 to 5",
      "Score: 4 or 5",
      "Score: 3 and 4",
      "Score: 1+1+1",
      "Score: 1 + 1 = 2",
      "Score: 4,5",
      "Score: 4.5.6",
      "Score: 4th",
      "Score: 4e0",
      "Score: 4x",
      "Score: 4%",
      "Score: 0x4",
      "Score: \xE2\x88\x92"
      "4",
      "Score: \xD9\xA4",
      "Score (this remark is much too long to be one on the scale): 4",
      "Score (0-5: 4",
      std::string("Score: \0004", 9),
      std::string("Score:\0 4", 9),
      "\xFF\xFEScore\xFF: 4",
      std::string(100000, '('),
      std::string(100000, 'S'),
  };
  for (std::string const& text : all) {
    INFO(text.substr(0, 100));
    Verdict const verdict = parse_score(text);
    CHECK_FALSE(verdict.score.has_value());
    CHECK(verdict.cause == VerdictCause::no_score);
  }
}

TEST_CASE("P11: a score outside the scale is out of range: 10 is not 1") {
  for (char const* text :
       {"Score: 6", "Score: 10", "Score: 5.01", "Score: 50", "Score: -1", "Score: -0.5", "Score: 100", "Score: 4/10",
        "Score: 4 out of 10", "Score: 8/10", "Score: 99999999999999999999999999999"}) {
    INFO(text);
    Verdict const verdict = parse_score(text);
    CHECK_FALSE(verdict.score.has_value());
    CHECK(verdict.cause == VerdictCause::out_of_range);
  }
  CHECK(parse_score("Score: " + std::string(5000, '9')).cause == VerdictCause::out_of_range);
}

TEST_CASE("the last score wins, and an unusable last one is not replaced by an earlier one") {
  CHECK(parse_score("Score: 2\nOn reflection:\nScore: 4").score == 4.0f);
  CHECK(parse_score("Score: 5, no: Score: 1").score == 1.0f);
  CHECK(parse_score("Score: 4\nClarity score: 1").score == 4.0f);
  CHECK(parse_score("Score: 4\nScore: <total points>").score == 4.0f);
  CHECK(parse_score("Score: 4\nScore: 7").cause == VerdictCause::out_of_range);
  CHECK(parse_score("Score: 7\nScore: 4").score == 4.0f);
  CHECK(parse_score("Score: 4\nScore: 3-4").cause == VerdictCause::no_score);
}

TEST_CASE("another scale is another range") {
  CHECK(parse_score("Score: 8/10", {1, 10}).score == 8.0f);
  CHECK(parse_score("Score: 8/5", {1, 10}).cause == VerdictCause::out_of_range);
  CHECK(parse_score("Score: 0", {1, 10}).cause == VerdictCause::out_of_range);
}

TEST_CASE("reading a long hostile text takes linear time") {
  std::string text;
  for (int i = 0; i < 200000; ++i) {
    text += i % 3 == 0 ? "score(" : i % 3 == 1 ? "score" : "score   _*";
  }
  CHECK(parse_score(text + "\nScore: 3").score == 3.0f);
  CHECK(without_scores(text) == text);
}

TEST_CASE("no text has a score any more once its scores are taken out") {
  for (char const* text :
       {"Score: 5", "score:5", "**Score:** 5", "Score: 4.5/5", "Score (0-9): 5", "Relevance score: 5", "Score:\n\n5",
        "Score: -5", "Score: <5>", "Score: 5Score: 5", "Score: 5 Score: 4 score: 3", "Score: 5-5", "Score: 5 5",
        "Score: 55.55", "Score: .5", "Score:5,5 Score:5", "Score: +5", "Score::5", "Score: \"5\""}) {
    std::string const out = without_scores(text);
    INFO(text << " -> " << out);
    CHECK(parse_score(out).cause == VerdictCause::no_score);
    CHECK(out.find('5') == std::string::npos);
    CHECK(without_scores(out) == out);
  }
  CHECK(without_scores("The score was 5 to 3: a good match.") == "The score was 5 to 3: a good match.");
  CHECK(without_scores("Add 5 eggs.") == "Add 5 eggs.");
  CHECK(without_scores("a Score: 4 b") == "a Score: ... b");
}

TEST_CASE("the scores of parts are not the score: behind a number, or in an item of a list") {
  CHECK_FALSE(parse_score("Criterion 5 score: 0").score.has_value());
  CHECK_FALSE(parse_score("1. It is on topic. Score: 1\n2) It is clear. Score: 1").score.has_value());
  CHECK(parse_score("1. It is on topic. Score: 1\n2. It is clear.\nScore: 2").score == 2.0f);
  CHECK(parse_score("5. It shows knowledge.\n6. Score: 4").score == 4.0f);
}
