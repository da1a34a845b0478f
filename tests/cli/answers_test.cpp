/// srlm health and srlm instructions: answers from a file, without a model.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

std::string const data =
    R"({"key":1,"prompt":"Say it.","instruction_id_list":["punctuation:no_comma","change_case:english_lowercase"],"kwargs":[{},{}]}
{"key":2,"prompt":"Say it in German.","instruction_id_list":["language:response_language"],"kwargs":[{"language":"de"}]}
{"key":3,"prompt":"Say it twice.","instruction_id_list":["length_constraints:number_words"],"kwargs":[{"num_words":2,"relation":"at least","num_bullets":null}]}
)";

void fails(std::string const& arguments, std::string const& message) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == 1);
  CHECK_THAT(result.error, ContainsSubstring(message));
  CHECK(result.out.empty());
}

std::string file(std::string const& name, std::string const& text) { return write(name, text).string(); }

} // namespace

TEST_CASE("health reads single answers and candidates, and knows what the lines do not say") {
  if (!available()) {
    return;
  }
  auto const plain =
      srlm_command("health --in " + file("plain.jsonl", "{\"response\":\"no no no\"}\n{\"response\":\"yes\"}\n"))
          .lines();
  REQUIRE(plain.size() == 1);
  CHECK(plain[0].at("responses") == 2);
  CHECK(plain[0].at("ended").is_null());
  CHECK(plain[0].at("tokens").is_null());
  CHECK(plain[0].at("words").at("mean") == 2);
  CHECK(plain[0].at("longest_run").at("most") == 3);
  CHECK(plain[0].at("self_bleu") == 0);
  auto const written =
      srlm_command("health --in " + file("written.jsonl",
                                         R"({"candidates":[{"text":"a b","ids":[4,5,6],"finished":true},)"
                                         R"({"text":"c","ids":[7],"finished":false}]})"))
          .lines();
  REQUIRE(written.size() == 1);
  CHECK(written[0].at("ended") == 0.5);
  CHECK(written[0].at("tokens").at("mean") == 2);
}

TEST_CASE("what generate writes is what health and instructions read") {
  if (!available()) {
    return;
  }
  std::string const asked = file("data.jsonl", data), answers = (folder() / "generated.jsonl").string();
  REQUIRE(srlm_command("generate " + model() + " --in " + asked + " --candidates 2 --max-new-tokens 6 --out " + answers)
              .code == 0);
  CHECK(srlm_command("health --in " + answers).lines().at(0).at("responses") == 6);
  auto const report = srlm_command("instructions --in " + asked + " --answers " + answers).lines();
  REQUIRE(report.size() == 1);
  CHECK(report[0].at("answers") == 4);
  CHECK(report[0].at("left_out") == 1);
}

TEST_CASE("instructions counts answers by their prompts or by their order") {
  if (!available()) {
    return;
  }
  std::string const asked = file("data.jsonl", data);
  auto const ordered =
      srlm_command(
          "instructions --in " + asked + " --answers " +
          file("ordered.jsonl", "{\"response\":\"Sure:\\nit\"}\n{\"response\":\"Es.\"}\n{\"response\":\"it it\"}\n"))
          .lines();
  REQUIRE(ordered.size() == 1);
  CHECK(ordered[0].at("rows") == 3);
  CHECK(ordered[0].at("unanswered") == 0);
  CHECK(ordered[0].at("prompt_strict") == 0.5);
  CHECK(ordered[0].at("prompt_loose") == 1);
  CHECK(ordered[0].at("instruction_strict").get<double>() == Catch::Approx(2.0 / 3));
  CHECK(ordered[0].at("kinds").at("change_case:english_lowercase") == Json{{"count", 1}, {"strict", 0}, {"loose", 1}});
  auto const named = srlm_command("instructions --in " + asked + " --answers " +
                                  file("named.jsonl", "{\"prompt\":\"Say it twice.\",\"response\":\"it\"}\n"))
                         .lines();
  REQUIRE(named.size() == 1);
  CHECK(named[0].at("prompt_loose") == 0);
  CHECK(named[0].at("unanswered") == 1);
}

TEST_CASE("answers and data that are wrong are told by their line") {
  if (!available()) {
    return;
  }
  std::string const asked = " --in " + file("data.jsonl", data), good = file("one.jsonl", "{\"response\":\"it\"}\n");
  fails("health --in " + file("bad.jsonl", "{\"text\":\"x\"}\n"), "bad.jsonl:1: got {\"text\":\"x\"}, expected");
  fails("health --in " + file("bad.jsonl", "\n{\"response\":7}\n"), "bad.jsonl:2: the field \"response\": got 7");
  fails("health --in " + file("bad.jsonl", "{\"response\":\"x\",\"ids\":[-1]}\n"), "bad.jsonl:1: ids: got -1");
  fails("health --in " + file("bad.jsonl", ""), "got no answers");
  fails("instructions" + asked + " --answers " + file("bad.jsonl", "{\"prompt\":\"What?\",\"response\":\"x\"}\n"),
        "bad.jsonl:1: prompt: got \"What?\", expected a prompt of the data");
  fails("instructions" + asked + " --answers " +
            file("bad.jsonl", std::string(4, '\n') + "{\"response\":\"x\"}\n" +
                                  "{\"response\":\"x\"}\n{\"response\":\"x\"}\n" + "{\"response\":\"x\"}\n"),
        "bad.jsonl:8: got more answers");
  fails("instructions --answers " + good + " --in " +
            file("bad.jsonl", R"({"prompt":"x","instruction_id_list":["no:such"],"kwargs":[{}]})"),
        "bad.jsonl:1: got the instruction \"no:such\"");
  CHECK(srlm_command("instructions" + asked).code == 2);
}
