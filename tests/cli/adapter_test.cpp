/// Low-rank adapters, references and replay on the command line.
#include "cli/program.hpp"
#include <cmath>

using namespace srlm_cli;

namespace {

std::string const pair = R"({"prompt":"What do bees make?","chosen":"Bees make honey.","rejected":"Stones."})";

std::string pairs() {
  return " --in " + write("adapter_pairs.jsonl",
                          pair + "\n{\"prompt\":\"Name a warm colour.\",\"chosen\":\"Red.\",\"rejected\":\"Blue.\"}\n")
                        .string();
}

std::string place(std::string const& name) { return (folder() / name).string(); }

Result done(std::string const& arguments) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  REQUIRE(result.code == 0);
  return result;
}

/// log p of one answer under a model, with what else is asked for.
double score(std::string const& arguments) {
  auto const row = write("adapter_row.jsonl", R"({"prompt":"What do bees make?","response":"Stones."})"
                                              "\n");
  return done("score " + arguments + " --in " + row.string()).lines().front().at("log_prob").get<double>();
}

std::vector<Json> metrics(std::string const& out) { return json_lines(text_of(folder() / out / "metrics.jsonl")); }

void refused(int code, std::string const& arguments, std::string const& message) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == code);
  CHECK_THAT(result.error, ContainsSubstring(message));
}

} // namespace

TEST_CASE("dpo trains adapters; the merged model, and the adapter over the model it came from, act alike") {
  if (!available()) {
    return;
  }
  std::string const dpo = "dpo " + model() + pairs() + " --rate 1e-2 --epochs 4 --batch 2 --lora-rank 4";
  done(dpo + " --out " + place("lora"));
  CHECK(std::abs(metrics("lora").front().at("loss").get<double>() - std::log(2.0)) < 1e-9);
  CHECK(metrics("lora").back().at("loss") < metrics("lora").front().at("loss"));

  double const before = score(model()), merged = score(place("lora"));
  std::string const beside = model() + " --adapter " + place("lora/adapter");
  CHECK(std::abs(score(beside) - merged) < 1e-4 * std::abs(merged));
  CHECK(std::abs(merged - before) > 1e-2);
  done("convert " + beside + " --out " + place("lora.gguf"));
  CHECK(std::abs(score(place("lora.gguf")) - merged) < 1e-4 * std::abs(merged));
  Json const config = Json::parse(text_of(folder() / "lora/adapter/adapter_config.json"));
  CHECK(config.at("peft_type") == "LORA");
  CHECK(config.at("r") == 4);
  CHECK(config.at("base_model_name_or_path") == model());

  SECTION("the same seed gives the same bytes") {
    done(dpo + " --out " + place("lora_again") + " --threads 1");
    CHECK(text_of(folder() / "lora_again/model.safetensors") == text_of(folder() / "lora/model.safetensors"));
    CHECK(text_of(folder() / "lora_again/adapter/adapter_model.safetensors") ==
          text_of(folder() / "lora/adapter/adapter_model.safetensors"));
  }
  SECTION("an adapter is trained further; the reference is the model with it, or without it") {
    std::string const more = "dpo " + beside + pairs() + " --rate 1e-2 --batch 2";
    done(more + " --out " + place("more"));
    CHECK(std::abs(metrics("more").front().at("loss").get<double>() - std::log(2.0)) < 1e-9);
    done(more + " --reference base --out " + place("base"));
    CHECK(metrics("base").front().at("loss").get<double>() < 0.65); // it has learned before
    done(more + " --reference-model " + model() + " --out " + place("other"));
    CHECK(metrics("other").front().at("loss").get<double>() ==
          Catch::Approx(metrics("base").front().at("loss").get<double>()).epsilon(1e-6));
  }
  SECTION("sft trains adapters too, of chosen projections") {
    done("sft " + model() + " --in " + write("rows.jsonl", "{\"prompt\":\"Hi\",\"response\":\"Hello.\"}\n").string() +
         " --lora-rank 2 --lora-alpha 8 --lora-rslora --lora-targets q_proj,v_proj --rate 1e-2 --out " + place("sft"));
    Json const written = Json::parse(text_of(folder() / "sft/adapter/adapter_config.json"));
    CHECK(written.at("target_modules") == Json::array({"q_proj", "v_proj"}));
    CHECK(written.at("lora_alpha") == 8.0);
    CHECK(written.at("use_rslora") == true);
  }
}

TEST_CASE("dpo learns replayed rows beside its pairs") {
  if (!available()) {
    return;
  }
  std::string const rows =
      write("replay.jsonl", "{\"prompt\":\"Where do fish live?\",\"response\":\"Fish live in water.\"}\n").string();
  std::string const dpo = "dpo " + model() + pairs() + " --rate 1e-3 --epochs 6 --batch 2 --out ";
  done(dpo + place("plain"));
  done(dpo + place("replayed") + " --replay " + rows + " --replay-weight 2 --replay-rows 1");
  auto const replayed = metrics("replayed");
  CHECK(replayed.back().at("replay_loss") < replayed.front().at("replay_loss"));
  std::string const asked = " --in " + rows;
  CHECK(done("score " + place("replayed") + asked).lines().front().at("log_prob") >
        done("score " + place("plain") + asked).lines().front().at("log_prob"));
}

TEST_CASE("a run over adapters makes its models, resumes to the same bytes, and knows its references") {
  if (!available()) {
    return;
  }
  auto const run = [](std::string const& out) {
    return "run " + judging_model() + " --seeds " + (folder() / "seeds.jsonl").string() + " --prompts-file " +
           prompts_file() +
           " --prompts 12 --candidates 4 --votes 3 --max-new-tokens 24 --judge-max-new-tokens 40 --temperature 1"
           " --dpo-batch 4 --checkpoint-every 1 --lora-rank 2 --reference base --out " +
           place(out);
  };
  done(run("adapted"));
  for (char const* name : {"M1/adapter/adapter_config.json", "M3/adapter/adapter_model.safetensors", "M3.gguf"}) {
    CHECK(fs::exists(folder() / "adapted" / name));
  }
  for (int kills = 1; kills < 4; ++kills) {
    std::string const killed = "timeout -s KILL 0." + std::to_string(2 * kills) + " ";
    int const status =
        std::system((killed + program() + " " + run("adapted_killed") + " >/dev/null 2>&1 </dev/null").c_str());
    (void)status;
  }
  done(run("adapted_killed"));
  for (char const* name : {"journal.jsonl", "M3/model.safetensors", "M3/adapter/adapter_model.safetensors"}) {
    INFO(name);
    CHECK(text_of(folder() / "adapted_killed" / name) == text_of(folder() / "adapted" / name));
  }
}

TEST_CASE("adapters of another model and choices that do not go together are refused before any work") {
  if (!available()) {
    return;
  }
  std::string const dpo = "dpo " + model() + pairs() + " --out " + place("refused");
  done("sft " + judging_model() + " --in " +
       write("rows.jsonl", "{\"prompt\":\"Hi\",\"response\":\"Hello.\"}\n").string() + " --lora-rank 2 --out " +
       place("larger"));
  std::string const adapter = " --adapter " + place("larger/adapter");
  for (std::string const command : {"score ", "generate ", "judge "}) {
    refused(1, command + model() + adapter, "adapter_model.safetensors");
  }
  refused(1, dpo + adapter, "another model");
  refused(1, dpo + " --adapter " + model(), "no adapter_config.json");
  refused(1, dpo + " --lora-rank 2 --lora-targets query", "\"query\"");
  refused(2, dpo + adapter + " --lora-rank 2", "--adapter");
  refused(2, dpo + " --lora-alpha 4", "without --lora-rank");
  refused(2, dpo + " --lora-targets q_proj", "without --lora-rank");
  refused(2, dpo + " --reference base", "--lora-rank");
  refused(2, dpo + " --reference-model " + model() + " --refresh-reference-every 2", "start alone");
  refused(2, dpo + " --replay-weight 1", "without --replay");
  refused(1, dpo + " --replay " + write("empty.jsonl", "").string(), "no examples");
  refused(2, "run " + model() + " --seeds none --out " + place("refused") + " --reference base", "--lora-rank");
  CHECK(!fs::exists(folder() / "refused"));
}
