/// srlm data, and the commands that learn from files of any format.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

std::string const preferences = R"({"prompt":"Name a warm colour.","chosen":"Red.","rejected":"Blue.","chosen_score":4}
{"prompt":"What do bees make?","chosen":"Honey.","rejected":"Stones."}
)";

std::string const chats =
    R"([{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"},)"
    R"({"role":"assistant","content":"Hello."},{"role":"user","content":"Bye"},{"role":"assistant","content":"Bye."}]},
 {"messages":[{"role":"user","content":"Name a warm colour."},{"role":"assistant","content":"Red."}]}])";

/// A tree of two turns; the first has two ranked answers and a deleted one.
std::string const open_assistant =
    R"({"message_id":"r","parent_id":null,"role":"prompter","text":"Name a warm colour.","lang":"en","tree_state":"ready_for_export"}
{"message_id":"a","parent_id":"r","role":"assistant","text":"Red is a warm colour.","lang":"en","rank":0}
{"message_id":"b","parent_id":"r","role":"assistant","text":"Blue.","lang":"en","rank":1}
{"message_id":"c","parent_id":"r","role":"assistant","text":"Spam","lang":"en","deleted":true}
{"message_id":"d","parent_id":"a","role":"prompter","text":"Another?","lang":"en"}
{"message_id":"e","parent_id":"d","role":"assistant","text":"Orange.","lang":"en","rank":0}
{"message_id":"f","parent_id":"d","role":"assistant","text":"Green.","lang":"en","rank":1}
{"message_id":"s","parent_id":null,"role":"prompter","text":"What do bees make?","lang":"en"}
{"message_id":"t","parent_id":"s","role":"assistant","text":"Stones.","lang":"en","rank":1}
{"message_id":"u","parent_id":"s","role":"assistant","text":"Bees make honey.","lang":"en","rank":0}
{"message_id":"v","parent_id":null,"role":"prompter","text":"Hola","lang":"es"}
)";

std::string in(std::string const& name, std::string const& text) { return " --in " + write(name, text).string(); }

void refused(std::string const& arguments, int code, std::string const& part) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == code);
  CHECK_THAT(result.error, ContainsSubstring(part));
  CHECK(result.out.empty());
}

} // namespace

TEST_CASE("srlm data writes rows of one format as rows of another, and the counts to stderr") {
  if (!available()) {
    return;
  }
  Result const lists = srlm_command("data --to preference_messages" + in("prefs.jsonl", preferences));
  CHECK(lists.code == 0);
  CHECK_THAT(lists.error, ContainsSubstring("2 rows read (preference), 2 written (preference_messages)"));
  REQUIRE(lists.lines().size() == 2);
  CHECK(lists.lines()[0] ==
        Json::parse(R"({"prompt":[{"role":"user","content":"Name a warm colour."}],"chosen":[{"role":"assistant",)"
                    R"("content":"Red."}],"rejected":[{"role":"assistant","content":"Blue."}],"chosen_score":4.0})"));
  Result const chosen = srlm_command("data --to alpaca" + in("prefs.jsonl", preferences));
  CHECK(chosen.lines().at(1) == Json::parse(R"({"instruction":"What do bees make?","input":"","output":"Honey."})"));

  Result const turns = srlm_command("data --to sharegpt" + in("chats.json", chats));
  CHECK(turns.code == 0);
  CHECK(turns.lines().at(0).at("conversations").size() == 5);
  std::string const array = (folder() / "back.json").string();
  CHECK(srlm_command("data --from sharegpt --to messages" + in("turns.jsonl", turns.out) + " --out " + array).code ==
        0);
  CHECK(Json::parse(text_of(array)) == Json::parse(chats));

  Result const implicit = srlm_command("data --to preference_implicit" + in("prefs.jsonl", preferences));
  CHECK(implicit.lines().at(0).at("chosen") == "Name a warm colour.Red.");
  Result const explicit_again = srlm_command("data --to preference" + in("implicit.jsonl", implicit.out));
  CHECK(explicit_again.out == srlm_command("data --to preference" + in("prefs.jsonl", preferences)).out);
}

TEST_CASE("Open Assistant's messages become trees, seeds, preferences and conversations") {
  if (!available()) {
    return;
  }
  std::string const oasst = in("oasst.jsonl", open_assistant);
  Result const seeds_out = srlm_command("data --from open_assistant --to seeds" + oasst);
  CHECK(seeds_out.code == 0);
  REQUIRE(seeds_out.lines().size() == 2);
  CHECK(seeds_out.lines()[1] == Json::parse(R"({"prompt":"What do bees make?","answers":[{"text":"Stones.","rank":1},)"
                                            R"({"text":"Bees make honey.","rank":0}],"split":"train"})"));
  CHECK_THAT(seeds_out.error, ContainsSubstring("deleted 1, later_turn 3, other_language 1"));
  CHECK(srlm_command("data --to seeds --language es" + oasst).code == 1); // its only prompt has no answers
  CHECK(srlm_command("data --to preference_messages" + oasst).lines().size() == 3);
  Result const first_turns = srlm_command("data --to preference" + oasst);
  CHECK(first_turns.lines().size() == 2);
  CHECK_THAT(first_turns.error, ContainsSubstring("no_place_in_preference 1"));
  CHECK(srlm_command("data --to messages" + oasst).lines().size() == 5);
  CHECK(srlm_command("data --to messages --paths best" + oasst).lines().size() == 2);
  Result const trees = srlm_command("data --to open_assistant_trees" + oasst);
  REQUIRE(trees.lines().size() == 3);
  Result const flat = srlm_command("data --to open_assistant" + in("trees.jsonl", trees.out));
  CHECK(flat.lines().size() == 11);
  CHECK(srlm_command("data --to open_assistant_trees" + in("flat.jsonl", flat.out)).out == trees.out);
}

TEST_CASE("a bad row ends srlm data with its line and leaves no file, or is counted by cause") {
  if (!available()) {
    return;
  }
  std::string const bad = preferences + "{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"a\"}\n" +
                          "{\"chosen\":\"a\",\"rejected\":\"b\"}\n" +
                          "{\"prompt\":\" \",\"chosen\":\"a\",\"rejected\":\"b\"}\n" + "nonsense\n";
  std::string const out = (folder() / "never.jsonl").string();
  refused("data --to messages --out " + out + in("bad.jsonl", bad), 1, "bad.jsonl:6: not JSON");
  refused("data --to messages --out " + out + in("bad.jsonl", bad.substr(0, bad.size() - 9)), 1,
          "bad.jsonl:3: got a chosen text that equals the rejected one");
  CHECK(!fs::exists(out));
  Result const skipped = srlm_command("data --to messages --skip-bad" + in("bad.jsonl", bad));
  CHECK(skipped.code == 0);
  CHECK(skipped.lines().size() == 2);
  for (char const* part : {"6 rows read (preference), 2 written (messages)",
                           "bad rows left out: equal_answers 1, field 1, no_prompt 1, syntax 1", "bad.jsonl:3",
                           "bad.jsonl:4: the field \"prompt\" is missing", "bad.jsonl:5", "bad.jsonl:6"}) {
    CHECK_THAT(skipped.error, ContainsSubstring(part));
  }
  refused("data --to alpaca" + in("chats.json", chats), 1, "chats.json:1: got a prompt of 4 messages");
  Result const single = srlm_command("data --to alpaca --skip-bad" + in("chats.json", chats));
  CHECK(single.lines().size() == 1);
  CHECK_THAT(single.error, ContainsSubstring("no_place 1"));
}

TEST_CASE("what cannot be converted is refused in one sentence") {
  if (!available()) {
    return;
  }
  std::string const rows = in("chats.json", chats);
  refused("data --to preference" + rows, 2, "preference cannot be made of messages, which can become");
  refused("data --to open_assistant" + rows, 2, "open_assistant cannot be made of messages");
  refused("data --to alpaca_preference" + in("prefs.jsonl", preferences), 2, "alpaca_preference cannot be made of");
  refused("data" + rows, 2, "--to");
  refused("data --to mesages" + rows, 2, "did you mean \"messages\"");
  refused("data --to messages --from mesages" + rows, 2, "did you mean \"messages\"");
  refused("data --to messages --pairs some" + rows, 2, "--pairs");
  refused("data --to messages" + in("empty.jsonl", "\n"), 1, "no rows");
  refused("data --to messages" + in("other.jsonl", "{\"a\":1}\n"), 1, "other.jsonl:1: got {\"a\":1}");
  refused("data --to messages --in /nowhere/x.jsonl", 1, "/nowhere/x.jsonl");
}

TEST_CASE("sft, dpo and run learn from every format, several turns included") {
  if (!available()) {
    return;
  }
  fs::path const out = folder() / "learned";
  auto const learns = [&](std::string const& arguments) {
    fs::remove_all(out);
    Result const result = srlm_command(arguments + " --out " + out.string());
    INFO(arguments << "\n" << result.error);
    REQUIRE(result.code == 0);
    CHECK(!text_of(out / "metrics.jsonl").empty());
    return text_of(out / "model.safetensors");
  };
  std::string const rows = in("rows.jsonl", R"({"prompt":"Name a warm colour.","response":"Red."})");
  std::string const sft = "sft " + model() + " --epochs 1 --rate 1e-2", dpo = "dpo " + model() + " --rate 1e-2";
  std::string const expected = learns(sft + rows);
  CHECK(learns(sft + in("a.json", R"([{"instruction":"Name a warm colour.","input":"","output":"Red."}])")) ==
        expected);
  CHECK(learns(sft + in("s.json", R"([{"conversations":[{"from":"human","value":"Name a warm colour."},)"
                                  R"({"from":"gpt","value":"Red."}]}])")) == expected);
  CHECK(learns(sft + " --format preference" +
               in("p.jsonl", R"({"prompt":"Name a warm colour.","chosen":"Red.","rejected":"Blue."})")) == expected);
  CHECK(learns(sft + in("chats.json", chats)) != expected);
  std::string const pair = learns(dpo + in("one.jsonl", preferences.substr(0, preferences.find('\n') + 1)));
  CHECK(learns(dpo + in("lists.jsonl",
                        R"({"prompt":[{"role":"user","content":"Name a warm colour."}],"chosen":[{"role":"assistant",)"
                        R"("content":"Red."}],"rejected":[{"role":"assistant","content":"Blue."}]})")) == pair);
  CHECK(
      learns(dpo + in("turns.jsonl",
                      R"({"chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},)"
                      R"({"role":"user","content":"Name a warm colour."},{"role":"assistant","content":"Red."}],)"
                      R"("rejected":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."},)"
                      R"({"role":"user","content":"Name a warm colour."},{"role":"assistant","content":"Blue."}]})")) !=
      pair);
  learns(dpo + in("oasst.jsonl", open_assistant));
  refused(dpo + rows + " --out " + out.string(), 1, "got prompt_response");
  refused(sft + rows + " --format nothing --out " + out.string(), 2, "--format");

  std::string const long_row = "{\"prompt\":\"" + std::string(3000, 'x') + "\",\"response\":\"b\"}\n";
  std::string const both = in("long_rows.jsonl", long_row + R"({"prompt":"Name a warm colour.","response":"Red."})");
  refused(sft + both + " --out " + (folder() / "no").string(), 1, "long_rows.jsonl:1: got prompt and response of");
  CHECK(learns(sft + both + " --skip-bad") == expected);
  fs::remove_all(out);

  std::string const run = "run " + model() +
                          " --prompts 4 --candidates 2 --votes 1 --max-new-tokens 8 "
                          "--judge-max-new-tokens 8 --iterations 1 --sft-epochs 1 --judge expected_score "
                          "--out " +
                          out.string() + " --seeds ";
  std::string const many =
      open_assistant +
      R"({"message_id":"w","parent_id":null,"role":"prompter","text":"Say good morning politely.","lang":"en"}
{"message_id":"x","parent_id":"w","role":"assistant","text":"Good morning to you.","lang":"en","rank":0}
)";
  Result const made = srlm_command(run + write("many.jsonl", many).string());
  INFO(made.error);
  CHECK_THAT(made.error, ContainsSubstring("other_language 1"));
  CHECK(fs::exists(out / "M1" / "model.safetensors"));
  fs::remove_all(out);
  std::string const longest = many + R"({"message_id":"y","parent_id":"w","role":"assistant","text":")" +
                              std::string(3000, 'x') + R"(","lang":"en","rank":1})" + "\n";
  refused(run + write("longest.jsonl", longest).string(), 1, "longest.jsonl");
  fs::remove_all(out);
  Result const fitted = srlm_command(run + write("longest.jsonl", longest).string() + " --skip-bad");
  CHECK_THAT(fitted.error, ContainsSubstring("too_long 1"));
  CHECK(fs::exists(out / "M1" / "model.safetensors"));
}

TEST_CASE("the page of the data formats has the table that the list gives") {
  if (!available()) {
    return;
  }
  Result const table = srlm_command("data --list");
  CHECK(table.code == 0);
  std::string const page = text_of(fs::path(SRLM_TEST_DATA_DIR).parent_path() / "docs" / "data.md");
  CHECK_THAT(page, ContainsSubstring("\n\n" + table.out + "\n"));
  std::string const help = srlm_command("data --help").out;
  for (std::size_t at = table.out.find("\n| `"); at != std::string::npos; at = table.out.find("\n| `", at + 1)) {
    std::string const name = table.out.substr(at + 4, table.out.find('`', at + 4) - at - 4);
    CHECK_THAT(help, ContainsSubstring(name));
  }
}
