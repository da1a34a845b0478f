/// The report of a run, and the warnings that can end one.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

std::string run_into(std::string const& out, std::string const& more = "") {
  return "run " + judging_model() + " --seeds " + (folder() / "seeds.jsonl").string() + " --prompts-file " +
         prompts_file() +
         " --prompts 12 --candidates 4 --votes 3 --max-new-tokens 24 --judge-max-new-tokens 40 --temperature 1"
         " --dpo-batch 4 --divergence-prompts 2 --out " +
         (folder() / out).string() + more;
}

/// What the page shows.
Json data_of(fs::path const& page) {
  std::string const text = text_of(page);
  std::size_t const begin = text.find("id=\"data\">") + 10;
  return Json::parse(text.substr(begin, text.find("</script>", begin) - begin));
}

std::vector<std::string> results(std::string const& out) {
  return {text_of(folder() / out / "pairs.jsonl"), text_of(folder() / out / "metrics.jsonl"),
          text_of(folder() / out / "M3.gguf")};
}

} // namespace

TEST_CASE("while a run goes on its models.jsonl has what is measured so far, and after a kill ends in the same bytes") {
  if (!available()) {
    return;
  }
  std::string const killed = (folder() / "cut_short").string(), measured = killed + "/models.jsonl";
  std::string const more = " --anchor-seeds 8 --threads 1";
  REQUIRE(srlm_command(run_into("whole", more)).code == 0);
  std::string const script = program() + " " + run_into("cut_short", more) + " >" + killed + ".log 2>&1 & until [ -s " +
                             measured + " ]; do kill -0 $! || exit 1; sleep 0.01; done; kill -KILL $!; wait $!";
  REQUIRE(WEXITSTATUS(std::system(("sh -c '" + script + "'").c_str())) == 128 + 9);
  auto const so_far = json_lines(text_of(measured));
  REQUIRE(so_far.size() >= 2); // M0 and M1, which has answered and judged
  CHECK(so_far.size() < 4);
  CHECK(so_far[1].at("kl_to_m0").is_number());
  CHECK(so_far[1].at("judge_accuracy").is_number());
  CHECK(srlm_command("report " + killed).code == 0);
  Json const shown = data_of(folder() / "cut_short/report.html");
  CHECK(shown.at("ended") == false);
  CHECK(shown.at("models")[1].at("kl").is_number());
  REQUIRE(srlm_command(run_into("cut_short", more)).code == 0);
  CHECK(text_of(measured) == text_of(folder() / "whole/models.jsonl"));
  CHECK(results("cut_short") == results("whole"));
}

TEST_CASE("report makes one page of a run, with the models' numbers, the pairs and the options") {
  if (!available()) {
    return;
  }
  REQUIRE(srlm_command(run_into("reported", " --anchor-seeds 8")).code == 0);
  std::string const path = (folder() / "reported").string();
  Result const made = srlm_command("report " + path);
  INFO(made.error);
  REQUIRE(made.code == 0);
  CHECK(made.out == path + "/report.html\n");
  Json const data = data_of(folder() / "reported/report.html");
  CHECK(data.at("ended") == true);
  REQUIRE(data.at("models").size() == 4);
  for (std::size_t i = 1; i < 4; ++i) {
    Json const& model = data.at("models")[i];
    CHECK(model.at("score").size() == 3);
    CHECK(model.at("kl").is_number());
    CHECK(model.at("judge_accuracy").is_number());
  }
  auto const pairs = json_lines(text_of(folder() / "reported/pairs.jsonl"));
  REQUIRE(data.at("pairs").at("shown").size() == pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    Json const& shown = data.at("pairs").at("shown")[i];
    CHECK(shown.at("prompt") == pairs[i].at("prompt"));
    CHECK(shown.at("rejected").at("text") == pairs[i].at("rejected"));
    CHECK(shown.at("chosen").at("votes")[2].at("text") == pairs[i].at("chosen_rationales")[2]);
  }
  CHECK(data.at("options").at("anchor-seeds") == 8);
  CHECK(data.at("answers").size() > 0);

  CHECK(srlm_command("report " + path + " --out " + path + "/other.html").code == 0);
  CHECK(text_of(folder() / "reported/other.html").size() > 30'000);
  CHECK(srlm_command("report " + (folder() / "nowhere").string()).code == 1);
  CHECK(srlm_command("report").code == 2);
}

TEST_CASE(
    "--stop-on ends a run at a warning, again when it is repeated; without it the run goes on in the same bytes") {
  if (!available()) {
    return;
  }
  std::string const saturated = " --warn-high-score 0 --warn-saturation 0 --stop-on saturation";
  for (int again = 0; again < 2; ++again) {
    Result const stopped = srlm_command(run_into("stopped", saturated));
    INFO(stopped.error);
    CHECK(stopped.code == 1);
    CHECK_THAT(stopped.error, ContainsSubstring("warning (saturation, turn 1): 1 of the scores are high, above 0"));
    CHECK_THAT(stopped.error, ContainsSubstring("the loop stops at M1: --stop-on saturation"));
    CHECK_FALSE(fs::exists(folder() / "stopped/M2"));
  }
  Result const later = srlm_command(run_into("stopped", " --warn-chosen-reward 9 --stop-on chosen"));
  CHECK(later.code == 1);
  CHECK_THAT(later.error, ContainsSubstring("the loop stops at M2: --stop-on chosen"));
  CHECK_THAT(srlm_command(run_into("stopped", " --warn-chosen-reward 9 --stop-on chosen")).error,
             ContainsSubstring("the loop stops at M2"));
  REQUIRE(srlm_command(run_into("stopped")).code == 0);
  REQUIRE(srlm_command(run_into("unstopped", saturated.substr(0, saturated.find(" --stop")))).code == 0);
  CHECK(results("stopped") == results("unstopped"));

  Result const unknown = srlm_command(run_into("stopped", " --stop-on saturatoin"));
  CHECK(unknown.code == 2);
  CHECK_THAT(unknown.error, ContainsSubstring("saturation"));
}
