/// The tensor policy chosen on the command line.
#include "cli/program.hpp"
#include <algorithm>
#include <cmath>

using namespace srlm_cli;

#if defined(SRLM_TEST_XTENSOR)
TEST_CASE("every command works over the second tensor policy, with the first one's results") {
  if (!available()) {
    return;
  }
  std::string const rows = " --in " + write("backend_rows.jsonl",
                                            "{\"prompt\":\"What do bees make?\",\"response\":\"Bees make honey.\"}\n"
                                            "{\"prompt\":\"Say hello.\",\"response\":\"Good morning to you.\"}\n")
                                          .string();
  auto const eigen = srlm_command("score " + model() + rows),
             xtensor = srlm_command("score " + model() + rows + " --backend xtensor");
  REQUIRE(eigen.code == 0);
  REQUIRE(xtensor.code == 0);
  REQUIRE(eigen.lines().size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(xtensor.lines()[i].at("log_prob").get<double>() ==
          Catch::Approx(eigen.lines()[i].at("log_prob").get<double>()).epsilon(1e-5)); // rounding
  }
  std::string const generate = "generate " + model() + rows + " --greedy --max-new-tokens 12";
  CHECK(srlm_command(generate + " --backend xtensor").lines()[0].at("candidates")[0].at("ids") ==
        srlm_command(generate).lines()[0].at("candidates")[0].at("ids"));
  std::string const pair =
      " --in " +
      write("backend_pair.jsonl", "{\"prompt\":\"Say hello.\",\"chosen\":\"Good morning.\",\"rejected\":\"Hm.\"}\n")
          .string();
  REQUIRE(
      srlm_command("dpo " + model() + pair + " --backend xtensor --lora-rank 2 --out " + (folder() / "over").string())
          .code == 0);
  Json const step = json_lines(text_of(folder() / "over/metrics.jsonl")).front();
  CHECK(std::abs(step.at("loss").get<double>() - std::log(2.0)) < 1e-6);
  CHECK(Json::parse(text_of(folder() / "over/srlm_options.json")).at("backend") == "xtensor");
}
#endif

TEST_CASE("a GPU that is not there, or a program that was built without one's policy, is one clear sentence") {
  if (!available()) {
    return;
  }
  Result const help = srlm_command("generate --help"), result = srlm_command("generate " + model() + " --backend cuda");
  INFO(result.error);
  if (help.out.find("built without nvcc") != std::string::npos) {
    CHECK(result.code == 2);
    CHECK_THAT(result.error, ContainsSubstring("cuda not in"));
  } else if (result.code != 0) { // no GPU
    CHECK(result.code == 1);
    CHECK_THAT(result.error, ContainsSubstring("srlm: error: CUDA device 0: got ") &&
                                 ContainsSubstring(", expected an NVIDIA GPU with its driver\n"));
    CHECK(std::count(result.error.begin(), result.error.end(), '\n') == 1);
  }
}

TEST_CASE("a tensor policy that this program does not have is refused with those that it has") {
  if (!available()) {
    return;
  }
  Result const result = srlm_command("generate " + model() + " --backend nothing");
  CHECK(result.code == 2);
  CHECK_THAT(result.error, ContainsSubstring("--backend") && ContainsSubstring("eigen"));
}
