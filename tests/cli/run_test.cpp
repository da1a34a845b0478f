/// `srlm run`: the whole loop on a tiny model that answers and judges, killed, resumed, and refused.
#include "cli/program.hpp"
#include <cmath>

using namespace srlm_cli;

namespace {

std::string run_into(std::string const& out) {
  return "run " + judging_model() + " --seeds " + (folder() / "seeds.jsonl").string() + " --prompts-file " +
         prompts_file() +
         " --prompts 12 --candidates 4 --votes 3 --max-new-tokens 24 --judge-max-new-tokens 40 --temperature 1"
         " --dpo-batch 4 --checkpoint-every 1 --out " +
         (folder() / out).string();
}

/// What must be the same however often a run was interrupted.
std::vector<std::string> results(std::string const& out) {
  std::vector<std::string> all;
  for (char const* name : {"journal.jsonl", "pairs.jsonl", "metrics.jsonl", "summary.txt", "M1/model.safetensors",
                           "M2/model.safetensors", "M3/model.safetensors", "M3.gguf"}) {
    all.push_back(text_of(folder() / out / name));
    INFO(name);
    CHECK_FALSE(all.back().empty());
  }
  return all;
}

} // namespace

TEST_CASE("run makes M1, M2 and M3, pairs and metrics; the same command again ends in the same bytes") {
  if (!available()) {
    return;
  }
  Result const first = srlm_command(run_into("run"));
  INFO(first.error);
  REQUIRE(first.code == 0);
  auto const made = results("run");

  for (Json const& pair : json_lines(made[1])) {
    CHECK(pair.at("chosen_score") > pair.at("rejected_score"));
    CHECK(pair.at("chosen") != pair.at("rejected"));
    CHECK(pair.at("chosen_rationales").size() == 3);
  }
  std::size_t first_steps = 0;
  for (Json const& step : json_lines(made[2])) {
    if (step.at("stage") == "preference" && step.at("step") == 1) {
      ++first_steps;
      CHECK(std::abs(step.at("loss").get<double>() - std::log(2.0)) < 1e-9);
      CHECK(step.at("rewards/margins") == 0.0);
    }
  }
  CHECK(first_steps == 2);
  Json const options = Json::parse(text_of(folder() / "run/srlm_options.json"));
  for (char const* name : {"threads", "seed", "backend", "out", "iterations", "beta", "drop-unfinished"}) {
    CHECK(options.contains(name));
  }

  CHECK(srlm_command(run_into("run")).code == 0);
  CHECK(results("run") == made);
  CHECK(srlm_command(run_into("again") + " --threads 1").code == 0);
  CHECK(results("again") == made);

  Result const other = srlm_command(run_into("run") + " --beta 0.2");
  CHECK(other.code == 1);
  CHECK_THAT(other.error, ContainsSubstring("beta"));

  fs::remove_all(folder() / "run/M1"); // the weights of M1 are nowhere any more
  Result const lost = srlm_command(run_into("run"));
  CHECK(lost.code == 1);
  CHECK_THAT(lost.error, ContainsSubstring("M1") && ContainsSubstring("cannot be made again"));
}

TEST_CASE("a run killed at any moment goes on with the same command and ends in the same bytes") {
  if (!available()) {
    return;
  }
  REQUIRE(srlm_command(run_into("straight")).code == 0);
  int code = -1, kills = 0;
  for (int life = 120; code != 0 && life < 10'000; life += 70) { // milliseconds
    std::string const seconds = std::to_string(life / 1000) + "." + std::to_string(1000 + life % 1000).substr(1);
    std::string const said = (folder() / "killed.txt").string();
    code = WEXITSTATUS(std::system(
        ("timeout -s KILL " + seconds + " " + program() + " " + run_into("killed") + " >" + said + " 2>&1 </dev/null")
            .c_str()));
    INFO("after " << seconds << " s: exit code " << code << "\n" << text_of(said));
    REQUIRE((code == 0 || code == 137));
    kills += code == 137 ? 1 : 0;
  }
  CHECK(code == 0);
  CHECK(kills > 2);
  CHECK(results("killed") == results("straight"));
}

TEST_CASE("a run whose verdicts are all unusable stops with the counts and their causes") {
  if (!available()) {
    return;
  }
  Result const result = srlm_command(run_into("mute") + " --score-tokens 0 --judge-max-new-tokens 1");
  CHECK(result.code == 1);
  CHECK_THAT(result.error, ContainsSubstring("no pairs") && ContainsSubstring("0 of 144 verdicts usable") &&
                               ContainsSubstring("unfinished") && ContainsSubstring("12 too_few_scores"));
  CHECK(fs::exists(folder() / "mute/M1.gguf"));
  CHECK_FALSE(fs::exists(folder() / "mute/M2.gguf"));
}

TEST_CASE("a prompt or a seed that is too long for the model is named before any work") {
  if (!available()) {
    return;
  }
  std::string const text(1500, 'x');
  std::string const asked = write("long_asked.jsonl", "{\"prompt\":\"" + text + "\"}\n").string();
  Result const prompt = srlm_command("run " + judging_model() + " --seeds " + (folder() / "seeds.jsonl").string() +
                                     " --prompts-file " + asked + " --out " + (folder() / "none").string());
  CHECK(prompt.code == 1);
  CHECK_THAT(prompt.error, ContainsSubstring("long_asked.jsonl") && ContainsSubstring("1024"));
  std::string const long_seed = R"({"prompt":"Go on.","answers":[{"text":")" + text +
                                R"(","rank":0},{"text":"b","rank":1}],"split":"train","topic":"x"})";
  Result const seed =
      srlm_command("run " + judging_model() + " --seeds " + write("long_seeds.jsonl", long_seed + "\n").string() +
                   " --out " + (folder() / "none").string());
  CHECK(seed.code == 1);
  CHECK_THAT(seed.error, ContainsSubstring("long_seeds.jsonl") && ContainsSubstring("1024"));
  CHECK_FALSE(fs::exists(folder() / "none"));
}

TEST_CASE("an output folder that cannot be written ends a run with 1 and its name") {
  if (!available()) {
    return;
  }
  Result const unwritable = srlm_command(run_into("run-nowhere") + "/../../../proc/none");
  CHECK(unwritable.code == 1);
  CHECK_THAT(unwritable.error, ContainsSubstring("/proc/none"));
}

TEST_CASE("a run that finds no more room on the disk says so, and goes on to the same bytes once there is") {
  if (!available()) {
    return;
  }
  REQUIRE(srlm_command(run_into("roomy")).code == 0);
  for (char const* blocks : {"8", "64", "400"}) { // the journal, a checkpoint, a model
    std::string const error = (folder() / "full_error").string();
    int const status = std::system(("trap '' XFSZ; ulimit -f " + std::string(blocks) + "; " + program() + " " +
                                    run_into("full") + " 2>" + error + " >/dev/null </dev/null")
                                       .c_str());
    INFO(blocks);
    CHECK(WEXITSTATUS(status) == 1);
    CHECK_THAT(text_of(error), ContainsSubstring("srlm: error: ") && ContainsSubstring("File too large"));
  }
  CHECK(srlm_command(run_into("full")).code == 0);
  CHECK(results("full") == results("roomy"));
}

TEST_CASE("models without their journal are not taken for this run's") {
  if (!available()) {
    return;
  }
  fs::create_directories(folder() / "left/M1");
  Result const result = srlm_command(run_into("left"));
  CHECK(result.code == 1);
  CHECK_THAT(result.error, ContainsSubstring("M1 without the journal"));
  write("left/M1/.model.safetensors.part-7-0", "half"); // and what a killed process left half written goes
  CHECK(srlm_command(run_into("left")).code == 1);
  CHECK_FALSE(fs::exists(folder() / "left/M1/.model.safetensors.part-7-0"));
}
