// The closed world: what it calls true, and that its text says what it is meant to say.
#include "../../examples/miniature/corpus.hpp"
#include "support/catch.hpp"
#include <srlm/testing/tokenizer_laws.hpp>
#include <set>

using namespace miniature;

TEST_CASE("every instruction is read back from its text, and no two are the same") {
  std::set<std::string> texts;
  for (Instruction const& x : all_instructions()) {
    Instruction const read = read_instruction(x.text());
    CHECK((read.kind == x.kind && read.count == x.count && read.left_out == x.left_out));
    texts.insert(x.text());
  }
  CHECK(texts.size() == 2016);
  CHECK_THROWS_WITH(read_instruction("list three cats without tom"), Catch::Matchers::ContainsSubstring("three cats"));
  CHECK_THROWS(read_instruction("list three birds without crane"));
  CHECK_THROWS(read_instruction("list three birds without crane carp"));
}

TEST_CASE("quality counts five properties") {
  Instruction const x = read_instruction("list three birds without crane jay");
  CHECK(quality(x, "dove finch heron .") == 5);
  CHECK(check(x, "dove finch heron") == Checks{true, true, true, true, false});
  CHECK(check(x, "dove heron finch .") == Checks{true, true, false, true, true});
  CHECK(check(x, "dove dove finch .") == Checks{true, true, false, true, true}); // none twice
  CHECK(check(x, "crane finch heron .") == Checks{true, true, true, false, true});
  CHECK(check(x, "dove finch oak .") == Checks{false, true, true, true, true});
  CHECK(check(x, "dove finch .") == Checks{true, false, true, true, true});
  CHECK(check(x, "dove . finch heron .") == Checks{true, true, true, true, false}); // one full stop alone
  CHECK(check(x, "dove finch heron . eagle") == Checks{true, false, false, true, false});
  CHECK(quality(x, "") == 0);
  CHECK(check(x, ".") == Checks{false, false, false, false, true});
}

TEST_CASE("an answer has exactly the properties that it is made with") {
  std::vector<Instruction> const all = all_instructions();
  for (std::size_t i = 0; i < all.size(); ++i) {
    Checks wanted{};
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      wanted[k] = (i >> k & 1) != 0;
    }
    std::string const y = answer_with(wanted, all[i], srlm::Seed{i});
    INFO(all[i].text() << ": " << y);
    REQUIRE(check(all[i], y) == wanted);
  }
}

TEST_CASE("a judgement is read as it was written") {
  CheckRubric const rubric;
  for (int bits = 0; bits < 32; ++bits) {
    Checks found{};
    for (std::size_t k = 0; k < found.size(); ++k) {
      found[k] = (bits >> k & 1) != 0;
    }
    srlm::Verdict const verdict = rubric.parse(judgement(found));
    REQUIRE(verdict.score);
    CHECK(*verdict.score == static_cast<float>(quality(found)));
  }
  WordTokenizer const words;
  std::string const text = judgement({true, false, true, true, true});
  CHECK(text == "kind yes count no order yes without yes close yes\nScore: 4");
  CHECK(words.decode(words.encode_response(text)) == text);
}

TEST_CASE("careless judgements are as careless as they are asked to be") {
  Checks const truth = {true, false, true, false, true};
  int scored = 0, right = 0, checks = 0;
  int const n = 4000;
  for (std::uint64_t i = 0; i < n; ++i) {
    std::string const text = careless_judgement(truth, {0.8, 0.25}, srlm::Seed{i});
    if (CheckRubric{}.parse(text).score) {
      ++scored;
      std::vector<std::string> const words_of_it = split(text);
      for (std::size_t k = 0; k < truth.size(); ++k) {
        right += (words_of_it[2 * k + 1] == "yes") == truth[k] ? 1 : 0;
        ++checks;
      }
    }
  }
  CHECK(static_cast<double>(scored) / n == Catch::Approx(0.25).margin(0.03));
  CHECK(static_cast<double>(right) / checks == Catch::Approx(0.8).margin(0.03));
}

TEST_CASE("tests, seeds and prompts share no instruction, and M0 reads none of the tests") {
  Division const division;
  Settings const s;
  std::vector<std::string> seen;
  for (auto const& part : {division.test(Test::tuning), division.test(Test::report), division.test(Test::last),
                           division.ift(s), division.eft(s), division.prompts(s)}) {
    for (Instruction const& x : part) {
      seen.push_back(x.text());
    }
  }
  CHECK(seen.size() == 2016);
  CHECK(std::set<std::string>(seen.begin(), seen.end()).size() == seen.size());
  CHECK(division.prompts(s).size() >= s.prompts);
}

TEST_CASE("EFT seeds carry ranks by their true quality and no answer to imitate") {
  Division const division;
  Settings const s;
  std::size_t ift = 0, eft = 0;
  for (srlm::SeedExample const& seed : seeds(division, s, srlm::Seed{3})) {
    if (seed.answers.size() == 1) {
      CHECK(srlm::best_answer(seed) != nullptr);
      ++ift;
      continue;
    }
    ++eft;
    CHECK(srlm::best_answer(seed) == nullptr);
    for (srlm::RankedAnswer const& answer : seed.answers) {
      CHECK(answer.rank == 6 - quality(read_instruction(seed.prompt), answer.text));
    }
  }
  CHECK(ift == s.ift_seeds);
  CHECK(eft == s.eft_seeds);
}

TEST_CASE("the word tokenizer keeps the laws, and refuses a word that is none") {
  WordTokenizer const words;
  auto const broken = srlm::testing::tokenizer_laws(words, {"list two birds without ibis jay", "dove finch .", ""});
  CHECK(srlm::testing::text_of(broken) == "");
  CHECK_THROWS_WITH(words.encode_prompt("list two dragons"), Catch::Matchers::ContainsSubstring("\"dragons\""));
}
