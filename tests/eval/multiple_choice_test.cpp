/// Multiple choice by log-probability, over models whose probabilities are known.
#include "data/scratch_file.hpp"
#include "support/bigram.hpp"
#include "support/catch.hpp"

#include <srlm/eval/multiple_choice.hpp>
#include <srlm/testing/archetypes.hpp>
#include <limits>

using namespace srlm;
using Catch::Approx;
using Catch::Matchers::ContainsSubstring;

namespace {

/// One token a byte and no end, so that probabilities can be read off.
struct Bytes {
  Tokens encode_prompt(std::string_view text) const { return Tokens(text.begin(), text.end()); }
  Tokens encode_response(std::string_view text) const { return encode_prompt(text); }
  std::string decode(std::span<Token const> tokens) const { return std::string(tokens.begin(), tokens.end()); }
};

/// -1 a token, -3 for each "z".
struct Prices {
  std::size_t calls = 0, largest = 0;
  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    ++calls;
    largest = std::max(largest, sequences.size());
    std::vector<float> sums;
    for (SequenceView const& s : sequences) {
      float sum = 0;
      for (Token const token : s.response) {
        sum -= token == 'z' ? 3.0f : 1.0f;
      }
      sums.push_back(sum);
    }
    return sums;
  }
};

struct Broken {
  std::vector<float> log_probs(std::span<SequenceView const> s) {
    return std::vector<float>(s.size(), -std::numeric_limits<float>::infinity());
  }
};

} // namespace

TEST_CASE("the most likely choice is the answer, by the sum and by the mean") {
  Prices model;
  // sums -3 and -4; means -3 and -1
  std::vector<MultipleChoice> const rows = {{"q", {"z", "aaaa"}, 0}, {"q", {"z", "aaaa"}, 1}, {"q", {"z", "aaaa"}, 1}};
  auto const accuracy = measure_multiple_choice(model, Bytes{}, rows);
  CHECK(accuracy.rows == 3);
  CHECK(accuracy.by_sum == Approx(1.0 / 3));
  CHECK(accuracy.by_token_mean == Approx(2.0 / 3));
  CHECK(accuracy.by_byte_mean == Approx(2.0 / 3));
}

TEST_CASE("the mean over tokens counts an end that the mean over bytes does not") {
  struct WithEnd : Bytes {
    Tokens encode_response(std::string_view text) const {
      Tokens tokens = encode_prompt(text);
      tokens.push_back('z');
      return tokens;
    }
  };
  Prices model;
  auto const scores = score_choices(model, WithEnd{}, {{"q", {"a", "aaa"}, 0}});
  REQUIRE(scores.size() == 1);
  CHECK(scores[0].log_probs == std::vector<double>{-4, -6});
  CHECK(scores[0].tokens == std::vector<std::size_t>{2, 4});
  CHECK(scores[0].bytes == std::vector<std::size_t>{1, 3});
}

TEST_CASE("choices that are equally likely share the first place") {
  Prices model;
  CHECK(measure_multiple_choice(model, Bytes{}, {{"q", {"a", "b", "c", "z"}, 1}}).by_sum == Approx(1.0 / 3));
  CHECK(measure_multiple_choice(model, Bytes{}, {{"q", {"a", "b", "c", "z"}, 3}}).by_sum == 0);
  testing::LogProbModelArchetype uniform(testing::MakeArchetype{});
  testing::TokenizerArchetype const bits(testing::MakeArchetype{});
  CHECK(measure_multiple_choice(uniform, bits, {{"q", {"a", "b"}, 0}}).by_sum == 0.5);
}

TEST_CASE("how many sequences are scored at once changes nothing") {
  bigram::Policy policy = bigram::random();
  std::vector<MultipleChoice> const rows = {{"ab", {"ba", "c", "abc"}, 0}, {"c", {"cab", "b"}, 1}};
  auto const all = score_choices(policy, policy.tokenizer(), rows);
  for (std::size_t at_once : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{4}}) {
    auto const parts = score_choices(policy, policy.tokenizer(), rows, at_once);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      CHECK(parts[i].log_probs == all[i].log_probs);
    }
  }
  Prices model;
  score_choices(model, Bytes{}, rows, 2);
  CHECK(model.calls == 3);
  CHECK(model.largest == 2);
}

TEST_CASE("rows that cannot be measured are refused") {
  Prices model;
  CHECK_THROWS_WITH(measure_multiple_choice(model, Bytes{}, {}), ContainsSubstring("got no rows"));
  CHECK_THROWS_WITH(measure_multiple_choice(model, Bytes{}, {{"q", {"a"}, 0}}), ContainsSubstring("at least two"));
  CHECK_THROWS_WITH(measure_multiple_choice(model, Bytes{}, {{"q", {"a", "b"}, 2}}), ContainsSubstring("0 to 1"));
  CHECK_THROWS_WITH(measure_multiple_choice(model, Bytes{}, {{"q", {"a", ""}, 0}}), ContainsSubstring("an empty text"));
  Broken broken;
  CHECK_THROWS_WITH(measure_multiple_choice(broken, Bytes{}, {{"q", {"a", "b"}, 0}}), ContainsSubstring("not finite"));
}

TEST_CASE("rows come from JSON Lines, and a wrong one is told by its line") {
  ScratchFile const good("{\"prompt\": \"2 + 2?\", \"choices\": [\"3\", \"4\"], \"answer\": 1}\n");
  auto const rows = read_multiple_choice(good.path());
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].prompt == "2 + 2?");
  CHECK(rows[0].choices == std::vector<std::string>{"3", "4"});
  CHECK(rows[0].answer == 1);
  ScratchFile const asked("{\"question\": \"2 + 2?\", \"choices\": [\"3\", \"4\"], \"answer\": 1}\n");
  CHECK(read_multiple_choice(asked.path())[0].prompt == "2 + 2?");
  for (auto const& [row, what] : {std::pair(R"({"choices": ["3", "4"], "answer": 1})", "\"prompt\" is missing"),
                                  std::pair(R"({"prompt": "q", "choices": ["3", 4], "answer": 1})", "got 4"),
                                  std::pair(R"({"prompt": "q", "choices": ["3", "4"], "answer": 2})", "0 to 1"),
                                  std::pair(R"({"prompt": "q", "choices": ["3", "4"], "answer": -1})", "got -1"),
                                  std::pair(R"({"prompt": "q", "choices": ["3", "4"], "answer": "4"})", "whole number"),
                                  std::pair(R"({"prompt": "q", "choices": [], "answer": 0})", "at least two")}) {
    ScratchFile const bad("\n" + std::string(row) + "\n");
    CHECK_THROWS_WITH(read_multiple_choice(bad.path()),
                      ContainsSubstring(bad.path() + ":2: ") && ContainsSubstring(what));
  }
  ScratchFile const empty("");
  CHECK_THROWS_WITH(read_multiple_choice(empty.path()), ContainsSubstring("no rows"));
}
