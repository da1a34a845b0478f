/// Bad input to the program srlm: each case ends with exit code 1 and a message that says what and where, and leaves
/// no broken line behind.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

void fails(std::string const& arguments, std::string const& message) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == 1);
  CHECK_THAT(result.error, ContainsSubstring(message));
  CHECK((result.out.empty() || result.out.back() == '\n'));
}

std::string in(std::string const& name, std::string const& text) { return " --in " + write(name, text).string(); }

/// The tiny model in a folder without its template.
std::string untemplated() {
  fs::path const target = folder() / "untemplated";
  fs::copy(model(), target, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::remove(target / "chat_template.jinja");
  Json config = Json::parse(text_of(target / "tokenizer_config.json"));
  config.erase("chat_template");
  write("untemplated/tokenizer_config.json", config.dump());
  return target.string();
}

} // namespace

TEST_CASE("without a chat template text is refused with the line and what to give, and ids still work") {
  if (!available()) {
    return;
  }
  std::string const bare = untemplated();
  CHECK(Json::parse(srlm_command("inspect " + bare).out).at("chat_template") == "none");
  std::string const text = in("text.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n");
  fails("generate " + bare + text, "text.jsonl:1: got a model without a chat template, expected \"prompt_ids\"");
  fails("score " + bare + text, "expected \"prompt_ids\"");
  fails("sft " + bare + text + " --out " + (folder() / "no").string(), "text.jsonl:1: got a model without a chat");
  fails("judge " + bare + in("asked.jsonl", "{\"prompt\":\"a\",\"responses\":[\"b\"]}\n"),
        "asked.jsonl:1: got a model without a chat template");
  fails("dpo " + bare + in("pair.jsonl", "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\n") + " --out " +
            (folder() / "no").string(),
        "pair.jsonl:1: got a model without a chat template");
  CHECK(!fs::exists(folder() / "no"));
  CHECK(srlm_command("generate " + bare + in("ids_only.jsonl", "{\"prompt_ids\":[5,6]}\n") + " --max-new-tokens 2")
            .code == 0);
}

TEST_CASE("pairs are refused with their line, blank lines counted, the standard input's too") {
  if (!available()) {
    return;
  }
  std::string const out = " --out " + (folder() / "no").string(), dpo = "dpo " + model() + out;
  std::string const good = "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"c\"}\n";
  fails(dpo + in("long.jsonl",
                 "\n" + good + "{\"prompt\":\"" + std::string(3000, 'x') + "\",\"chosen\":\"b\",\"rejected\":\"c\"}\n"),
        "long.jsonl:3: got prompt and response of");
  fails(dpo + in("same.jsonl", "{\"prompt\":\"a\",\"chosen\":\"b\",\"rejected\":\"b\"}\n"), "same.jsonl:1");
  fails(dpo + in("blank.jsonl", "{\"prompt\":\" \",\"chosen\":\"b\",\"rejected\":\"c\"}\n"), "blank.jsonl:1");
  fails(dpo + in("list.jsonl",
                 "{\"prompt\":[{\"role\":\"user\",\"content\":\"a\"}],\"chosen\":\"b\",\"rejected\":\"c\"}\n"),
        "list.jsonl:1: the field \"prompt\": got a list of messages");
  fails(dpo, "standard input: got no pairs");
  CHECK(!fs::exists(folder() / "no"));
}

TEST_CASE("the judge's texts are strings also where the model wrote broken UTF-8") {
  if (!available()) {
    return;
  }
  auto const lines =
      srlm_command("judge " + model() + in("broken_text.jsonl", "{\"prompt\":\"a\",\"responses\":[\"b\"]}\n") +
                   " --votes 24 --max-new-tokens 8 --temperature 5 --top-p 1")
          .lines();
  REQUIRE(lines.size() == 1);
  bool broken = false;
  for (auto const& verdict : lines[0].at("verdicts").at(0)) {
    REQUIRE(verdict.at("text").is_string());
    broken = broken || verdict.at("text").get<std::string>().find("\uFFFD") != std::string::npos;
  }
  CHECK(broken); // else this test sees nothing
}

TEST_CASE("a judge's question that is too long is a cause, never a score") {
  if (!available()) {
    return;
  }
  auto const lines =
      srlm_command("judge " + model() +
                   in("long_judge.jsonl", "{\"prompt\":\"" + std::string(3000, 'x') + "\",\"responses\":[\"b\"]}\n"))
          .lines();
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].at("scores").at(0).is_null());
  CHECK(lines[0].at("verdicts").at(0).at(0).at("cause") == "prompt_too_long");
}

TEST_CASE("a prompt longer than the context names the line, and the lines before it are whole") {
  if (!available()) {
    return;
  }
  std::string const longest = "{\"prompt\":\"" + std::string(3000, 'x') + "\",\"response\":\"b\"}\n";
  std::string const good = "{\"prompt\":\"a\",\"response\":\"b\"}\n";
  fails("generate " + model() + in("too_long.jsonl", good + longest), "too_long.jsonl:2");
  fails("score " + model() + in("too_long.jsonl", good + longest), "too_long.jsonl:2");
  fails("sft " + model() + in("too_long.jsonl", good + longest) + " --out " + (folder() / "no").string(),
        "too_long.jsonl:2");
  std::string many;
  for (int i = 0; i < 40; ++i) { // the first group of lines is out when the second fails
    many += good;
  }
  Result const result = srlm_command("score " + model() + in("many.jsonl", many + longest));
  CHECK(result.code == 1);
  CHECK(result.lines().size() == 32);
  CHECK_THAT(result.error, ContainsSubstring("many.jsonl:41"));
}

TEST_CASE("a dtype that a folder cannot hold is refused before anything is written") {
  if (!available()) {
    return;
  }
  fs::path const target = folder() / "q8";
  Result const result = srlm_command("convert " + model() + " --out " + target.string() + " --dtype q8_0");
  CHECK(result.code == 2);
  CHECK_THAT(result.error, ContainsSubstring("--dtype"));
  CHECK(!fs::exists(target));
  REQUIRE(srlm_command("convert " + model() + " --out " + target.string() + ".gguf --dtype q8_0").code == 0);
  CHECK(Json::parse(srlm_command("inspect " + target.string() + ".gguf").out).at("dtype") == "Q8_0");
}

TEST_CASE("a GGUF file that is cut anywhere is refused") {
  if (!available()) {
    return;
  }
  std::string const whole_path = (folder() / "whole.gguf").string();
  REQUIRE(srlm_command("convert " + model() + " --out " + whole_path).code == 0);
  std::string const whole = text_of(whole_path), ids = in("cut_ids.jsonl", "{\"prompt_ids\":[5]}\n");
  for (std::size_t eighths = 0; eighths < 8; ++eighths) {
    std::string const cut = write("cut.gguf", whole.substr(0, whole.size() * eighths / 8 + eighths)).string();
    fails("inspect " + cut, "cut.gguf");
    fails("generate " + cut + ids, "cut.gguf");
  }
}

TEST_CASE("output that cannot be written ends with 1") {
  if (!available()) {
    return;
  }
  std::string const ids = in("out_ids.jsonl", "{\"prompt_ids\":[5],\"response_ids\":[6],\"ids\":[7],\"text\":\"a\"}\n");
  for (std::string const command : {"generate", "score", "tokenize", "detokenize"}) {
    fails(command + " " + model() + ids + " --out /dev/full", "/dev/full");
    fails(command + " " + model() + ids + " --out " + folder().string(), "cannot be opened for writing");
  }
  std::string const file = write("a_file", "").string();
  std::string const text = in("out_text.jsonl", "{\"prompt\":\"a\",\"response\":\"b\"}\n");
  fails("sft " + model() + text + " --out " + file, "a_file");
  fails("sft " + model() + text + " --out " + file + "/below", "a_file/below");
  fails("convert " + model() + " --out " + file, "a_file");
}
