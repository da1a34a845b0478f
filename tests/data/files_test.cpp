#include "data/scratch_file.hpp"
#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/data/preference_file.hpp>
#include <srlm/data/prompt_file.hpp>
#include <srlm/data/prompt_filter.hpp>
#include <srlm/data/seed_file.hpp>

#include <filesystem>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

namespace {

std::string const good =
    R"({"prompt":"a b","answers":[{"text":"x","rank":1},{"text":"y","rank":0}],"split":"train","topic":"t"})";

void refused(std::string const& content, std::string const& part) {
  ScratchFile const file(content);
  INFO(content.substr(0, 200));
  CHECK_THROWS_WITH(read_seeds(file.path()), ContainsSubstring(part));
}

} // namespace

TEST_CASE("seeds are read as they are written") {
  ScratchFile const file(good + "\n\n" + R"({"prompt":"c","answers":[{"text":"z","rank":0}],"split":"held_out"})" +
                         "\r\n" + R"({"prompt":"d","response":"e","id":7})");
  auto const seeds = read_seeds(file.path());
  REQUIRE(seeds.size() == 3);
  CHECK(seeds[0].prompt == "a b");
  CHECK(seeds[0].topic == "t");
  CHECK_FALSE(seeds[0].held_out);
  REQUIRE(seeds[0].answers.size() == 2);
  CHECK(seeds[0].answers[0].text == "x");
  CHECK(seeds[0].answers[0].rank == 1);
  CHECK(seeds[1].held_out);
  CHECK(seeds[2].answers.at(0).text == "e");
  CHECK(seeds[2].answers[0].rank == 0);
  CHECK_FALSE(seeds[2].held_out);
}

TEST_CASE("every bad field of a seed is an error with file and line") {
  for (char const* bad : {
           R"({"answers":[{"text":"x","rank":0}],"split":"train"})",
           R"({"prompt":7,"answers":[{"text":"x","rank":0}],"split":"train"})",
           R"({"prompt":" ","answers":[{"text":"x","rank":0}],"split":"train"})",
           R"({"prompt":null,"answers":[{"text":"x","rank":0}],"split":"train"})",
           R"({"prompt":"q","split":"train"})",
           R"({"prompt":"q","answers":{},"split":"train"})",
           R"({"prompt":"q","answers":[],"split":"train"})",
           R"({"prompt":"q","answers":["x"],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x"}],"split":"train"})",
           R"({"prompt":"q","answers":[{"rank":0}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"","rank":0}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":-1}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":1.5}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":99999999999}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":"0"}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0},{"text":"x","rank":1}],"split":"train"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0}]})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0}],"split":"test"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0}],"split":true})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0}],"split":"train","topic":3})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0}],"response":"x","split":"train"})",
           R"({"prompt":"q","response":5})",
           R"({"prompt":"q","response":""})",
           R"(["q"])",
           R"({"prompt":"q")",
           "{\"prompt\":\"\xFF\",\"response\":\"x\"}",
           "\x01\x02",
       }) {
    refused(good + "\n" + std::string(bad) + "\n", ".jsonl:2");
  }
}

TEST_CASE("a prompt that comes twice is an error that names both lines") {
  refused(good + "\n" + R"({"prompt":"c","response":"e"})" + "\n" + R"({"prompt":" a  b","response":"e"})", ".jsonl:3");
  refused(good + "\n" + R"({"prompt":"c","response":"e"})" + "\n" + R"({"prompt":" a  b","response":"e"})", "line 1");
}

TEST_CASE("an empty seed file and one that is not there are errors that name it") {
  refused("", "no seeds");
  refused("\n\n", "no seeds");
  CHECK_THROWS_WITH(read_seeds("/nowhere/seeds.jsonl"), ContainsSubstring("/nowhere/seeds.jsonl"));
}

TEST_CASE("prompts are read in order, and a bad line is named") {
  ScratchFile const file("{\"prompt\":\"b\"}\n{\"prompt\":\"a\",\"topic\":1}\n{\"prompt\":\"b\"}\n");
  CHECK(read_prompts(file.path()).texts() == std::vector<std::string>{"b", "a", "b"});
  for (char const* bad : {"{\"prompt\":\"\"}", "{\"text\":\"x\"}", "{\"prompt\":[]}", "3"}) {
    ScratchFile const wrong(std::string("{\"prompt\":\"b\"}\n") + bad);
    CHECK_THROWS_WITH(read_prompts(wrong.path()), ContainsSubstring(".jsonl:2"));
  }
  ScratchFile const empty("");
  CHECK_THROWS_WITH(read_prompts(empty.path()), ContainsSubstring("no prompts"));
}

TEST_CASE("a pair is written with TRL's column names and read back the same") {
  ScratchFile const file("");
  PreferencePair pair{{"a \"b\"\n", {1}}, {"good", {2}}, {"bad \xC3\xA9", {3}}, 4.5f, 1.0f};
  std::vector<std::string> const reasons = {"r1", "r2"};
  {
    io::JsonlWriter writer(file.path());
    write_pair(writer, pair, reasons);
    pair.chosen_score.reset();
    pair.rejected.text.clear();
    write_pair(writer, pair);
  }
  CHECK_THAT(file.content(),
             ContainsSubstring(R"({"prompt":"a \"b\"\n","chosen":"good","rejected":"bad é","chosen_score":4.5,)"
                               R"("rejected_score":1.0,"chosen_rationales":["r1","r2"],"rejected_rationales":[]})"));
  auto const pairs = read_pairs(file.path(), ByteTokenizer{});
  REQUIRE(pairs.size() == 2);
  CHECK(pairs[0].prompt.text == "a \"b\"\n");
  CHECK(pairs[0].rejected.text == "bad \xC3\xA9");
  CHECK(pairs[0].prompt.tokens == ByteTokenizer{}.encode_prompt("a \"b\"\n"));
  CHECK(pairs[0].chosen.tokens == ByteTokenizer{}.encode_response("good"));
  CHECK(pairs[0].chosen_score == 4.5f);
  CHECK_FALSE(pairs[1].chosen_score.has_value());
  CHECK(pairs[1].rejected_score == 1.0f);
  CHECK(pairs[1].rejected.text.empty());
}

TEST_CASE("an answer that was cut inside a character is still written as UTF-8") {
  ScratchFile const file("");
  {
    io::JsonlWriter writer(file.path());
    write_pair(writer, {{"p", {}}, {"a\xC3", {}}, {"b", {}}});
  }
  CHECK(read_pairs(file.path(), ByteTokenizer{})[0].chosen.text == "a\xEF\xBF\xBD");
}

TEST_CASE("scores under the other names in use are read") {
  ScratchFile const file(R"({"prompt":"p","chosen":"a","rejected":"b","score_chosen":3,"score_rejected":1.5})");
  auto const pairs = read_pairs(file.path(), ByteTokenizer{});
  CHECK(pairs[0].chosen_score == 3.0f);
  CHECK(pairs[0].rejected_score == 1.5f);
}

TEST_CASE("every bad field of a pair is an error with file and line") {
  for (char const* bad :
       {R"({"chosen":"a","rejected":"b"})", R"({"prompt":" ","chosen":"a","rejected":"b"})",
        R"({"prompt":"p","rejected":"b"})", R"({"prompt":"p","chosen":"a"})",
        R"({"prompt":"p","chosen":1,"rejected":"b"})", R"({"prompt":"p","chosen":"a","rejected":"a"})",
        R"({"prompt":"p","chosen":"a","rejected":"b","chosen_score":"4"})",
        R"({"prompt":"p","chosen":"a","rejected":"b","rejected_score":1e300})",
        R"({"prompt":[{"role":"user","content":"p"}],"chosen":"a","rejected":"b"})", "x"}) {
    ScratchFile const file(std::string("{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"}\n") + bad + "\n");
    INFO(bad);
    CHECK_THROWS_WITH(read_pairs(file.path(), ByteTokenizer{}), ContainsSubstring(".jsonl:2"));
  }
  ScratchFile const empty("\n");
  CHECK_THROWS_WITH(read_pairs(empty.path(), ByteTokenizer{}), ContainsSubstring("no pairs"));
}

TEST_CASE("the seeds that come with the project are read, and no seed is too like another") {
  std::string const path = std::string(SRLM_TEST_DATA_DIR) + "/../examples/data/seeds.jsonl";
  auto const seeds = read_seeds(path);
  CHECK(seeds.size() >= 48);
  PromptFilter filter;
  for (SeedExample const& seed : seeds) {
    CHECK(seed.answers.size() >= 2);
    PromptRefusal const refusal = filter.check(seed.prompt);
    CHECK(refusal != PromptRefusal::duplicate);
    CHECK(refusal != PromptRefusal::too_similar);
    filter.add(seed.prompt);
  }
}

TEST_CASE("the seed tasks of Self-Instruct pass their own filter, but for the few that it is meant to drop") {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/data/self-instruct/seed_tasks.jsonl";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << path << " is not here");
    return;
  }
  std::size_t kept = 0, total = 0, similar = 0;
  PromptFilter filter;
  io::read_jsonl(path, [&](io::Json const& object, std::size_t) {
    std::string const text = object.at("instruction").get<std::string>();
    PromptRefusal const refusal = filter.check(text);
    ++total;
    kept += refusal == PromptRefusal::none ? 1 : 0;
    similar += refusal == PromptRefusal::too_similar || refusal == PromptRefusal::duplicate ? 1 : 0;
    filter.add(text);
  });
  CHECK(total == 175);
  CHECK(kept >= 150);
  CHECK(similar <= 5);
}
