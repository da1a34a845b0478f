/// Parts chosen by name: losses without a model, the page of the catalogue, and runs over the parts in combination.
#include "cli/program.hpp"
#include <cmath>

using namespace srlm_cli;

namespace {

std::string row_file() {
  return write(
             "pairs_of_numbers.jsonl",
             R"({"chosen":-40,"rejected":-55,"reference_chosen":-42,"reference_rejected":-50,"chosen_length":20,"rejected_length":25}
{"chosen":-31.5,"rejected":-12.25,"reference_chosen":-30,"reference_rejected":-13.5,"chosen_length":17,"rejected_length":9}
)")
      .string();
}

} // namespace

TEST_CASE("srlm loss gives value and derivatives of every loss that the fixture has") {
  if (!available()) {
    return;
  }
  auto const golden = srlm::io::read_json_file(std::string(SRLM_TEST_DATA_DIR) + "/fixtures/losses.json");
  for (auto const& [name, parameters] : golden.at("parameters").items()) {
    INFO(name);
    std::string arguments = "loss " + name + " --in " + row_file();
    for (auto const& [key, value] : parameters.items()) {
      arguments += " --" + key + " " + value.dump();
    }
    Result const result = srlm_command(arguments);
    REQUIRE(result.code == 0);
    auto const lines = result.lines();
    REQUIRE(lines.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      for (char const* key : {"value", "d_chosen", "d_rejected"}) {
        double const expected = golden.at("rows").at(i).at("losses").at(name).at(key).get<double>();
        CHECK(std::abs(lines[i].at(key).get<double>() - expected) <= 1e-9 * std::abs(expected) + 1e-15);
      }
    }
  }
}

TEST_CASE("sums, batches and heads of answers go through srlm loss, and what changes nothing is refused") {
  if (!available()) {
    return;
  }
  std::string const in = " --in " + row_file();
  auto const dpo = srlm_command("loss dpo" + in).lines(), likelihood = srlm_command("loss likelihood" + in).lines();
  auto const sum = srlm_command("loss dpo,likelihood --loss-weights 1,0.2" + in).lines();
  CHECK(sum[1].at("value").get<double>() ==
        Catch::Approx(dpo[1].at("value").get<double>() + 0.2 * likelihood[1].at("value").get<double>()));
  std::string const crossed = // gaps 4 and 0, in the reference 0 and 8: sorted, they meet the other way round
      write(
          "crossed.jsonl",
          R"({"chosen":-1,"rejected":-5,"reference_chosen":-3,"reference_rejected":-3,"chosen_length":2,"rejected_length":2}
{"chosen":-2,"rejected":-2,"reference_chosen":-1,"reference_rejected":-9,"chosen_length":2,"rejected_length":2}
)")
          .string();
  auto const aot = srlm_command("loss aot --in " + crossed).lines(); // the batch is the file
  CHECK(aot[0].at("value").get<double>() == Catch::Approx(std::log1p(std::exp(0.4))));
  for (auto const& [arguments, part] :
       std::vector<std::pair<std::string, std::string>>{{"dop", "did you mean"},
                                                        {"dpo --beta 0", "above 0"},
                                                        {"dpo --beta -1", "above 0"},
                                                        {"dpo --beta nan", "a number"},
                                                        {"robust_dpo --epsilon 0.5", "below 0.5"},
                                                        {"dpo --gamma 1", "would change nothing"},
                                                        {"dpo,likelihood --loss-weights 1", "1 weights for 2 losses"},
                                                        {"dpo,likelihood --loss-weights 1,x", "expected a number"},
                                                        {"dpo,", "did you mean"},
                                                        {"ld_dpo,dpo", "cannot be part of a sum"}}) {
    INFO(arguments);
    Result const result = srlm_command("loss " + arguments + in);
    CHECK(result.code == 2);
    CHECK_THAT(result.error, ContainsSubstring(part));
  }
  for (
      auto const& [line, part] : std::vector<std::pair<std::string, std::string>>{
          {R"({"chosen":-1})", "chosen_length"},
          {R"({"chosen":"x","rejected":-1,"reference_chosen":-1,"reference_rejected":-1,"chosen_length":1,"rejected_length":1})",
           "a number"},
          {R"({"chosen":-1,"rejected":-1,"reference_chosen":-1,"reference_rejected":-1,"chosen_length":0,"rejected_length":1})",
           "at least 1"}}) {
    Result const result = srlm_command("loss dpo --in " + write("row.jsonl", line + "\n").string());
    CHECK(result.code == 1);
    CHECK_THAT(result.error, ContainsSubstring("row.jsonl:1"));
    CHECK_THAT(result.error, ContainsSubstring(part));
  }
  std::string const heads =
      R"({"chosen":-10,"rejected":-20,"reference_chosen":-10,"reference_rejected":-20,"chosen_length":4,"rejected_length":9)";
  CHECK(srlm_command("loss ld_dpo --in " + write("row.jsonl", heads + "}\n").string()).code == 1);
  auto const halves = srlm_command("loss ld_dpo --alpha 0.5 --in " +
                                   write("row.jsonl", heads + R"(,"rejected_head":-8,"reference_rejected_head":-6})"
                                                              "\n")
                                       .string())
                          .lines();
  CHECK(halves.at(0).at("value").get<double>() == Catch::Approx(std::log1p(std::exp(-0.1)))); // -14 against -13
}

TEST_CASE("the page of the catalogue is what the lists say") {
  if (!available()) {
    return;
  }
  Result const page = srlm_command("catalogue");
  CHECK(page.code == 0);
  CHECK(page.out == text_of(fs::path(SRLM_TEST_DATA_DIR).parent_path() / "docs" / "catalogue.md"));
}

TEST_CASE("a run takes its parts by name, refuses what does not exist, and ends the same twice") {
  if (!available()) {
    return;
  }
  std::string const start = "run " + judging_model() + " --seeds " + (folder() / "seeds.jsonl").string() +
                            " --prompts-file " + prompts_file() +
                            " --prompts 4 --candidates 3 --votes 1 --max-new-tokens 24 --judge-max-new-tokens 12 "
                            "--temperature 1 --top-p 1 --iterations 1 --sft-epochs 1 --dpo-rate 1e-3 --threads 1 ";
  for (auto const& [parts, wrong] : std::vector<std::pair<std::string, std::string>>{
           {"--judge nobody", "did you mean"},
           {"--rubric none", "additive"},
           {"--pairs best", "best_versus_worst"},
           {"--pairs top_k --k 0", "expected"},
           {"--pairs top_k --k 1.5", "whole number"},
           {"--pairs top_k --rho 0.3", "would change nothing"},
           {"--pairs top_k --rho-schedule 0.3", "would change nothing"},
           {"--pairs rho_band --rho-schedule 0.3,2", "at most 1"},
           {"--loss simpo --epsilon 0.2", "would change nothing"},
           {"--reasons 3", "would change nothing"},
           {"--judge expected_score --reasons 1.5", "a whole number"},
           {"--judge expected_score --reasons -1", "at least 0"},
           {"--judge llm --reward-beta 1", "would change nothing"},
           {"--judge implicit_reward --reward-beta 0", "above 0"},
           {"--judge implicit_reward --length-penalty -1", "at least 0"},
           {"--judge meta --judge-model " + model(), "does not go with meta"},
           {"--reference sft --refresh-reference-every 3", "start alone"}}) {
    INFO(parts);
    Result const result = srlm_command(start + "--out " + (folder() / "refused").string() + " " + parts);
    CHECK(result.code == 2);
    CHECK_THAT(result.error, ContainsSubstring(wrong));
  }
  int k = 0;
  for (char const* parts :
       {"--judge expected_score --pairs all_pairs --loss simpo --beta 2 --replay-weight 0.5 --replay-rows 2",
        "--judge implicit_reward --pairs rho_band --rho-schedule 0,0.3 --loss cream --average-consistency",
        "--judge expected_score --reasons 2 --rubric multiple_choice --pairs top_k --loss kto --reference sft"}) {
    INFO(parts);
    std::string files[2];
    for (std::string& file : files) {
      fs::path const out = folder() / ("parts" + std::to_string(k++));
      Result const result = srlm_command(start + "--out " + out.string() + " " + parts);
      INFO(result.error);
      REQUIRE(result.code == 0);
      CHECK_THAT(result.out, ContainsSubstring("KL to M0"));
      file = text_of(out / "M2.gguf") + text_of(out / "journal.jsonl").substr(400) + text_of(out / "metrics.jsonl");
    }
    CHECK(!files[0].empty());
    CHECK(files[0] == files[1]);
  }
}

TEST_CASE("sft and dpo keep the model with the lowest loss on held-out lines, and say what they measured") {
  if (!available()) {
    return;
  }
  std::string const
      rows = write("rows.jsonl",
                   "{\"prompt\":\"Name a warm colour.\",\"response\":\"Red is a warm colour.\"}\n"
                   "{\"prompt\":\"What do bees make?\",\"response\":\"Bees make honey.\"}\n")
                 .string(),
      other = write("other_rows.jsonl", "{\"prompt\":\"Where do fish live?\",\"response\":\"In water.\"}\n").string(),
      pairs =
          write("held_pairs.jsonl", "{\"prompt\":\"Name a warm colour.\",\"chosen\":\"Red.\",\"rejected\":\"Blue.\"}\n")
              .string();
  for (auto const& [command, in] : {std::pair("sft ", other), std::pair("dpo --loss aot ", pairs)}) {
    std::string const out = (folder() / "held").string();
    fs::remove_all(out);
    Result const result =
        srlm_command(command + model() + " --in " + (command == std::string("sft ") ? rows : pairs) + " --held-out " +
                     in + " --held-out-every 1 --patience 1 --epochs 4 --rate 1e-2 --batch 2 --out " + out);
    INFO(result.error);
    REQUIRE(result.code == 0);
    CHECK_THAT(text_of(fs::path(out) / "metrics.jsonl"), ContainsSubstring("held_out"));
    CHECK(fs::exists(fs::path(out) / "model.safetensors"));
    for (auto const& entry : fs::directory_iterator(out)) {
      CHECK_THAT(entry.path().filename().string(), !Catch::Matchers::StartsWith("best_"));
    }
  }
}
