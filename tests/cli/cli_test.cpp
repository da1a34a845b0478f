/// Every command of the program srlm: JSON lines in and out, exit codes, and what is left behind.
#include "cli/program.hpp"
#if defined(SRLM_TEST_XTENSOR)
#include <srlm/io/npy.hpp>
#endif
#include <cmath>

using namespace srlm_cli;

TEST_CASE("wrong usage ends with 2 and names the nearest") {
  if (!available()) {
    return;
  }
  CHECK(srlm_command("").code == 2);
  CHECK(srlm_command("--help").code == 0);
  CHECK(srlm_command("generate --help").code == 0);
  CHECK(srlm_command("--version").code == 0);
  Result const command = srlm_command("genrate x");
  CHECK(command.code == 2);
  CHECK_THAT(command.error, ContainsSubstring("generate"));
  Result const option = srlm_command("generate " + model() + " --candidtes 3");
  CHECK(option.code == 2);
  CHECK_THAT(option.error, ContainsSubstring("--candidates"));
  CHECK(srlm_command("generate " + model() + " --candidates none").code == 2);
  CHECK(srlm_command("generate " + model() + " --backend abacus").code == 2);
  std::string const config = write("config.json", R"({"candidtes": 3})").string();
  Result const file = srlm_command("generate " + model() + " --config " + config);
  CHECK(file.code == 2);
  CHECK_THAT(file.error, ContainsSubstring("candidates"));
}

TEST_CASE("tokenize and detokenize are inverse, and chats get their template") {
  if (!available()) {
    return;
  }
  std::string const in = write("texts.jsonl",
                               "{\"text\":\"Red, 2 blue <|im_end|> caf\u00e9\\n\"}\n"
                               "{\"messages\":[{\"role\":\"user\",\"content\":\"Hi <|im_end|>\"}]}\n")
                             .string();
  std::string const ids = (folder() / "ids.jsonl").string();
  REQUIRE(srlm_command("tokenize " + model() + " --in " + in + " --out " + ids).code == 0);
  auto const texts = srlm_command("detokenize " + model() + " --in " + ids).lines();
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].at("text") == "Red, 2 blue <|im_end|> caf\u00e9\n");
  CHECK(texts[1].at("text") == "<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n");
}

TEST_CASE("score gives one number a response token, and their sum") {
  if (!available()) {
    return;
  }
  std::string const in = write("score.jsonl",
                               "{\"prompt\":\"What do bees make?\",\"response\":\"Bees make honey.\"}\n"
                               "{\"prompt_ids\":[5,6,7],\"response_ids\":[8,9]}\n")
                             .string();
  auto const lines = srlm_command("score " + model() + " --in " + in).lines();
  REQUIRE(lines.size() == 2);
  CHECK(lines[1].at("tokens") == 2);
  double sum = 0;
  for (auto const& value : lines[1].at("token_log_probs")) {
    sum += value.get<double>();
  }
  CHECK(lines[1].at("log_prob").get<double>() == Catch::Approx(sum));
}

TEST_CASE("an answer depends on its line, seed and options, and its log_prob is what score gives") {
  if (!available()) {
    return;
  }
  std::string const one = write("one.jsonl", "{\"prompt\":\"Name a warm colour.\"}\n").string();
  std::string const two = write("two.jsonl", "{\"prompt\":\"Name a warm colour.\"}\n{\"prompt\":\"Hello\"}\n").string();
  std::string const options = " --candidates 3 --max-new-tokens 12 --seed 5";
  auto const alone = srlm_command("generate " + model() + " --in " + one + options).lines();
  auto const both = srlm_command("generate " + model() + " --in " + two + options + " --threads 1").lines();
  REQUIRE(alone.size() == 1);
  REQUIRE(both.size() == 2);
  CHECK(alone[0] == both[0]);
  std::string scored;
  for (Json const& candidate : alone[0].at("candidates")) {
    scored += Json{{"prompt", "Name a warm colour."}, {"response_ids", candidate.at("ids")}}.dump() + "\n";
  }
  auto const scores = srlm_command("score " + model() + " --in " + write("scored.jsonl", scored).string()).lines();
  REQUIRE(scores.size() == alone[0].at("candidates").size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    CHECK(scores[i].at("log_prob") == alone[0].at("candidates")[i].at("log_prob"));
  }
  REQUIRE(alone[0].at("candidates").size() == 3);
  std::string const config = write("good.json", R"({"candidates": 2, "greedy": true, "max-new-tokens": 4})").string();
  auto const greedy = srlm_command("generate " + model() + " --in " + one + " --config " + config).lines();
  REQUIRE(greedy.at(0).at("candidates").size() == 2);
  CHECK(greedy[0].at("candidates")[0] == greedy[0].at("candidates")[1]);
}

TEST_CASE("judge writes the cube of its verdicts, and no file where it fails") {
  if (!available()) {
    return;
  }
#if defined(SRLM_TEST_XTENSOR)
  std::string const in = write("cube.jsonl",
                               "{\"prompt\":\"What do bees make?\",\"responses\":[\"Honey.\",\"Stones.\"]}\n"
                               "{\"prompt\":\"Where do fish live?\",\"responses\":[\"In water.\"]}\n")
                             .string();
  std::string const file = (folder() / "cube.npy").string();
  Result const result = srlm_command("judge " + judging_model() + " --in " + in + " --votes 3 --seed 5 --cube " + file);
  CHECK(result.code == 0);
  auto const cube = srlm::io::read_npy<float, 3>(file, {2, 2, 3});
  auto const lines = result.lines();
  REQUIRE(lines.size() == 2);
  for (std::size_t p = 0; p < 2; ++p) {
    Json const& verdicts = lines[p].at("verdicts");
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t v = 0; v < 3; ++v) {
        Json const score = c < verdicts.size() ? verdicts[c][v].at("score") : Json(nullptr);
        CHECK((score.is_null() ? std::isnan(cube(p, c, v)) : cube(p, c, v) == score.get<float>()));
      }
    }
  }
  Result const failed =
      srlm_command("judge " + model() + " --in " + in + " --cube " + (folder() / "absent/x.npy").string());
  CHECK(failed.code == 1);
  CHECK(failed.out.empty()); // before any work
  CHECK_THAT(failed.error, ContainsSubstring("absent/x.npy"));
#else
  CHECK(srlm_command("judge " + model() + " --cube x.npy").code == 2);
#endif
}

TEST_CASE("judge gives a score or null for each response, with a cause") {
  if (!available()) {
    return;
  }
  std::string const in =
      write("judge.jsonl", "{\"prompt\":\"What do bees make?\",\"responses\":[\"Honey.\",\"Stones.\"]}\n").string();
  auto const lines = srlm_command("judge " + model() + " --in " + in + " --votes 2 --max-new-tokens 8").lines();
  REQUIRE(lines.size() == 1);
  REQUIRE(lines[0].at("scores").size() == 2);
  REQUIRE(lines[0].at("verdicts")[1].size() == 2);
  for (auto const& verdict : lines[0].at("verdicts")[0]) {
    CHECK((verdict.at("score").is_null()) == (verdict.at("cause") != "none"));
  }
}

TEST_CASE("sft and dpo leave a model, metrics and their options; the first DPO loss is log 2") {
  if (!available()) {
    return;
  }
  std::string const examples =
      write("sft.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n{\"prompt\":\"c\",\"response\":\"d\"}\n").string();
  std::string const tuned = (folder() / "tuned").string();
  REQUIRE(srlm_command("sft " + model() + " --in " + examples + " --out " + tuned + " --epochs 2 --rate 1e-3").code ==
          0);
  CHECK(fs::exists(tuned + "/model.safetensors"));
  CHECK(Json::parse(text_of(tuned + "/srlm_options.json")).at("epochs") == 2);
  std::string const pairs = write("dpo.jsonl", "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\n").string();
  std::string const preferred = (folder() / "preferred").string();
  REQUIRE(srlm_command("dpo " + tuned + " --in " + pairs + " --out " + preferred + " --epochs 3 --rate 1e-3").code ==
          0);
  std::istringstream metrics(text_of(preferred + "/metrics.jsonl"));
  std::string line;
  std::getline(metrics, line);
  CHECK(Json::parse(line).at("loss").get<double>() == Catch::Approx(0.693147).epsilon(1e-5));
  CHECK(Json::parse(line).contains("rewards/margins"));
}

TEST_CASE("convert keeps every answer, to GGUF and back") {
  if (!available()) {
    return;
  }
  std::string const gguf = (folder() / "tiny.gguf").string(), back = (folder() / "back").string();
  REQUIRE(srlm_command("convert " + model() + " --out " + gguf).code == 0);
  REQUIRE(srlm_command("convert " + gguf + " --out " + back).code == 0);
  std::string const in = write("ask.jsonl", "{\"prompt\":\"What do bees make?\"}\n").string();
  std::string const options = " --in " + in + " --greedy --max-new-tokens 16";
  std::string const first = srlm_command("generate " + model() + options).out;
  CHECK(first != "");
  CHECK(srlm_command("generate " + gguf + options).out == first);
  CHECK(srlm_command("generate " + back + options).out == first);
  CHECK(text_of(back + "/model.safetensors") == text_of(model() + "/model.safetensors"));
  CHECK(Json::parse(srlm_command("inspect " + gguf).out).at("chat_template") == "ChatML");
}

TEST_CASE("bad input ends with 1 and says what and where") {
  if (!available()) {
    return;
  }
  auto const fails = [&](std::string const& arguments, std::string const& message) {
    Result const result = srlm_command(arguments);
    INFO(arguments);
    CHECK(result.code == 1);
    CHECK_THAT(result.error, ContainsSubstring(message));
  };
  std::string const good = write("ok.jsonl", "{\"prompt\":\"Hi\"}\n").string();
  fails("generate nowhere.gguf --in " + good, "nowhere.gguf");
  fails("generate " + folder().string() + " --in " + good, "config.json");
  std::string const whole = text_of(model() + "/model.safetensors");
  fs::create_directories(folder() / "cut");
  for (auto const& entry : fs::directory_iterator(model())) {
    fs::copy(entry.path(), folder() / "cut" / entry.path().filename(), fs::copy_options::overwrite_existing);
  }
  write("cut/model.safetensors", whole.substr(0, whole.size() - 100));
  fails("generate " + (folder() / "cut").string() + " --in " + good, "model.safetensors");
  std::string poisoned = whole;
  poisoned.replace(poisoned.size() - 4, 4, std::string("\x00\x00\xC0\x7F", 4)); // NaN
  write("cut/model.safetensors", poisoned);
  fails("generate " + (folder() / "cut").string() + " --in " + good, "not finite");

  fails("generate " + model() + " --in " + write("bad.jsonl", "{\"prompt\":\"Hi\"}\n{\"prompt\": 3}\n").string(),
        "bad.jsonl:2");
  fails("generate " + model() + " --in " + write("broken.jsonl", "{\"prompt\":\"Hi\"\n").string(), "broken.jsonl:1");
  fails("detokenize " + model() + " --in " + write("ids.jsonl", "{\"ids\":[1000000]}\n").string(), "ids.jsonl:1");
  fails("generate " + model() + " --in " +
            write("long.jsonl", "{\"prompt\":\"" + std::string(5000, 'x') + "\"}\n").string(),
        "1024");
  fails("sft " + model() + " --in " + write("empty.jsonl", "").string() + " --out " + (folder() / "no").string(),
        "no examples");
  fails("generate " + model() + " --in " + good + " --out /dev/full", "/dev/full");
  fails("generate " + model() + " --in " + good + " --out " + (folder() / "missing/file").string(), "missing");
  fails("convert " + model() + " --out /dev/full/x.gguf", "/dev/full");
  fails("run " + model() + " --seeds " + (folder() / "empty.jsonl").string() + " --out " + (folder() / "r").string(),
        "empty.jsonl");
  CHECK(srlm_command("generate " + model() + " --in " + (folder() / "empty.jsonl").string()).code == 0);
}
