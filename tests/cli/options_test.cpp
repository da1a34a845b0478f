/// Options of the program srlm, on the command line and from a JSON file: what is refused, who wins, what is recorded.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

std::string one_prompt() { return " --in " + write("one_prompt.jsonl", "{\"prompt\":\"Hi\"}\n").string(); }

void refused(std::string const& arguments, std::string const& message) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.error, ContainsSubstring(message));
}

} // namespace

TEST_CASE("NaN, and a whole number that would wrap around, are refused by the option's name") {
  if (!available()) {
    return;
  }
  std::string const generate = "generate " + model() + one_prompt();
  refused(generate + " --temperature nan", "--temperature");
  refused(generate + " --top-p NaN", "--top-p");
  refused(generate + " --seed -1", "--seed");
  refused(generate + " --seed 1e3", "--seed");
  std::string const nowhere = " --out " + (folder() / "refused").string();
  std::string const sft = "sft " + model() + one_prompt() + nowhere;
  refused(sft + " --clip nan", "--clip");
  refused(sft + " --rate -nan", "--rate");
  refused(sft + " --warm-up -5", "--warm-up");
  refused("dpo " + model() + one_prompt() + nowhere + " --beta nan", "--beta");
  refused("run " + model() + " --seeds none" + nowhere + " --beta nan", "--beta");
  CHECK(!fs::exists(folder() / "refused"));
  CHECK(srlm_command(generate + " --seed 18446744073709551615 --max-new-tokens 1").code == 0);
}

TEST_CASE("a mistyped option is told the nearest, with one dash, before the command or after it") {
  if (!available()) {
    return;
  }
  refused("--versoin", "did you mean --version?");
  refused("generate " + model() + " -candidates 3", "did you mean --candidates?");
  refused("generate " + model() + " --candidats=3", "did you mean --candidates?");
  refused("--threads 2 inspect " + model(), "behind the command");
  refused("generate " + model() + " --backend abacus", "eigen");
  refused("dpo " + model() + " --out x --loss nothing", "dpo");
}

TEST_CASE("a value of the wrong type in a config file is refused by the option's name") {
  if (!available()) {
    return;
  }
  std::pair<char const*, char const*> const cases[] = {{R"({"candidates":"3"})", "\"candidates\""},
                                                       {R"({"candidates":true})", "\"candidates\""},
                                                       {R"({"candidates":3.5})", "\"candidates\""},
                                                       {R"({"candidates":null})", "\"candidates\""},
                                                       {R"({"temperature":"0.5"})", "\"temperature\""},
                                                       {R"({"greedy":1})", "\"greedy\""},
                                                       {R"({"out":5})", "\"out\""},
                                                       {R"({"seed":-1})", "--seed"},
                                                       {R"({"help":true})", "\"help\""},
                                                       {R"({"a\u0000b":1})", "did you mean"},
                                                       {R"({"":1})", "did you mean"},
                                                       {"[1]", "one JSON object"}};
  for (auto const& [text, message] : cases) {
    INFO(text);
    refused("generate " + model() + one_prompt() + " --config " + write("typed.json", text).string(), message);
  }
}

TEST_CASE("the command line wins over the config file") {
  if (!available()) {
    return;
  }
  std::string const config = write("wins.json", R"({"candidates":3,"max-new-tokens":1,"greedy":false})").string();
  std::string const generate = "generate " + model() + one_prompt() + " --config " + config;
  CHECK(srlm_command(generate).lines().at(0).at("candidates").size() == 3);
  CHECK(srlm_command(generate + " --candidates 2").lines().at(0).at("candidates").size() == 2);
}

TEST_CASE("the options that a training wrote down make the same model again") {
  if (!available()) {
    return;
  }
  std::string const examples = write("again.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n").string();
  std::string const first = (folder() / "again1").string(), second = (folder() / "again2").string();
  REQUIRE(srlm_command("sft " + model() + " --in " + examples + " --out " + first +
                       " --epochs 2 --rate 1e-3 --seed 7 --schedule linear --dtype bf16")
              .code == 0);
  Json const options = Json::parse(text_of(first + "/srlm_options.json"));
  for (char const* name : {"MODEL", "in", "out", "threads", "seed", "backend", "rate", "final-rate", "schedule",
                           "epochs", "batch", "micro-batch", "weight-decay", "clip", "warm-up", "dtype"}) {
    CHECK(options.contains(name));
  }
  CHECK(options.at("seed") == 7);
  Result const again = srlm_command("sft " + model() + " --config " + first + "/srlm_options.json --out " + second);
  INFO(again.error);
  REQUIRE(again.code == 0);
  CHECK(text_of(second + "/model.safetensors") == text_of(first + "/model.safetensors"));
}

TEST_CASE("progress is silent unless it is asked for or someone watches") {
  if (!available()) {
    return;
  }
  std::string const sft = "sft " + model() + " --in " +
                          write("quiet.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n").string() + " --out " +
                          (folder() / "quiet").string();
  CHECK(srlm_command(sft).error.empty());
  CHECK_THAT(srlm_command(sft + " --progress").error,
             ContainsSubstring("supervised") && ContainsSubstring("memory: ") && ContainsSubstring("moments"));
  std::string const generate = "generate " + model() + one_prompt() + " --max-new-tokens 2";
  CHECK(srlm_command(generate).error.empty());
  CHECK_THAT(srlm_command(generate + " --progress").error, ContainsSubstring("1/1"));
}

TEST_CASE("training that does not fit into memory is refused before it begins, part by part") {
  if (!available()) {
    return;
  }
  std::filesystem::path const out = folder() / "too_large";
  Result const refused =
      srlm_command("sft " + model() + " --memory 0.0001 --in " +
                   write("fits.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n").string() + " --out " + out.string());
  CHECK(refused.code == 1);
  for (char const* part : {"weights", "gradients", "moments", "activations", "at most 0.00 GiB"}) {
    CHECK_THAT(refused.error, ContainsSubstring(part));
  }
  CHECK_FALSE(std::filesystem::exists(out / "model.safetensors"));
}

TEST_CASE("whole numbers are decimal, and the record has every number as it was taken") {
  if (!available()) {
    return;
  }
  std::string const in = write("one_example.jsonl", "{\"prompt\":\"Hi\",\"response\":\"Ho\"}\n").string();
  std::string const command = "sft " + model() + " --in " + in + " --out " + (folder() / "record").string();
  for (char const* wrong : {" --epochs 010", " --seed 18446744073709551616", " --seed 0x10", " --seed 1e3"}) {
    INFO(wrong);
    CHECK(srlm_command(command + wrong).code == 2);
  }
  REQUIRE(srlm_command(command + " --rate .5e-3 --clip 1. --seed 18446744073709551615").code == 0);
  Json const record = Json::parse(text_of(folder() / "record/srlm_options.json"));
  CHECK(record.at("rate") == 5e-4);
  CHECK(record.at("clip") == 1.0);
  CHECK(record.at("seed") == 18446744073709551615u);
  std::string const before = text_of(folder() / "record/model.safetensors");
  CHECK(srlm_command(command + " --config " + (folder() / "record/srlm_options.json").string()).code == 0);
  CHECK(text_of(folder() / "record/model.safetensors") == before);
}

TEST_CASE("the standard input is read from where it stands, and the last configuration file counts") {
  if (!available()) {
    return;
  }
  std::string const in = write("two_texts.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n").string();
  std::string const out = (folder() / "rest.jsonl").string();
  REQUIRE(std::system(("(read line; " + program() + " tokenize " + model() + " --out " + out + ") <" + in).c_str()) ==
          0);
  std::string const rest = text_of(out);
  CHECK(std::count(rest.begin(), rest.end(), '\n') == 1);
  std::string const first = write("first.json", R"({"max-new-tokens": 3})").string();
  std::string const second = write("second.json", R"({"max-new-tokens": 5, "greedy": true})").string();
  std::string const asked = write("asked_once.jsonl", "{\"prompt\":\"Hi\"}\n").string();
  auto const lines =
      srlm_command("generate " + model() + " --in " + asked + " --config " + first + " --config " + second).lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("candidates")[0].at("ids").size() > 3);
}
