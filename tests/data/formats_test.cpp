/// Every format of the list: what is written is read back, what is read is what was meant, and every bad row is an
/// error with file, line and cause.
#include "data/conversations.hpp"
#include "data/scratch_file.hpp"
#include "judge/scripted_model.hpp"
#include "support/catch.hpp"

#include <srlm/data/preference_file.hpp>
#include <srlm/data/seed_file.hpp>

#include <set>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;

namespace {

/// A row of the kind that a format holds, of one turn where the format has no place for more.
template <class Format>
typename Format::Row generated(Generated& g) {
  constexpr bool one_turn = Format::name == "alpaca" || Format::name == "prompt_response" ||
                            Format::name == "preference" || Format::name == "preference_implicit";
  typename Format::Row row;
  if constexpr (std::is_same_v<typename Format::Row, SeedExample>) {
    row = g.seed_example();
  } else if constexpr (std::is_same_v<typename Format::Row, PreferenceRow>) {
    row = g.preference();
    if (one_turn) {
      row.prompt.erase(row.prompt.begin(), row.prompt.end() - 1);
    }
  } else {
    row = g.conversation();
    if (one_turn) {
      row.erase(row.begin(), row.end() - 2);
    }
  }
  return row;
}

template <class Row>
std::vector<Row> bare(std::vector<Located<Row>> const& located) {
  std::vector<Row> rows;
  for (auto const& [row, where] : located) {
    rows.push_back(row);
  }
  return rows;
}

template <class Row>
std::vector<Row> rows_in(std::string const& content, DataOptions const& options = {}, std::string const& suffix = "") {
  ScratchFile const file(content, suffix.empty() ? ".jsonl" : suffix);
  DataReport report;
  return bare(rows_as<Row>(read_data(file.path(), options, report), options, report));
}

} // namespace

TEST_CASE("every format that is written is read back the same, as lines and as an array, and recognised") {
  for_each_type(Formats{}, []<class Format>(std::type_identity<Format>) {
    using Row = typename Format::Row;
    if constexpr (requires(Row const& row) { Format::write(row, ""); } && !std::is_same_v<Row, OpenAssistantTree>) {
      INFO(Format::name);
      Generated g(7);
      std::vector<Row> rows;
      std::string lines, array = "[";
      for (int i = 0; i < 300; ++i) {
        Row row = generated<Format>(g);
        io::OrderedJson json;
        try {
          json = Format::write(row, "f:1");
        } catch (BadRow const& no_place) {
          REQUIRE(Format::name == "preference_implicit"); // the only one that cannot hold every such row
          REQUIRE(no_place.fault() == RowFault::no_place);
          continue;
        }
        lines += json.dump() + "\n";
        array += (rows.empty() ? "" : ",\n") + json.dump(2);
        rows.push_back(std::move(row));
      }
      CHECK(rows.size() >= 60);
      DataOptions const options{.format = std::string(Format::name)};
      if constexpr (std::is_same_v<Row, SeedExample>) { // prompts may come twice here
        DataReport report;
        ScratchFile const file(lines);
        CHECK(bare(read_rows<Format>(read_objects(file.path(), options, report), options, report)) == rows);
      } else {
        CHECK(rows_in<Row>(lines, options) == rows);
        CHECK(rows_in<Row>(array + "]", options) == rows);
        CHECK(rows_in<Row>(lines) == rows);
      }
    }
  });
}

TEST_CASE("the names of the formats are different, and each says what a row is") {
  std::set<std::string_view> names;
  for_each_type(Formats{}, [&]<class Format>(std::type_identity<Format>) {
    CHECK(names.insert(Format::name).second);
    CHECK(Format::form.starts_with("{"));
    for (std::string_view const field : Format::fields) {
      CHECK_FALSE(field.empty());
    }
  });
  CHECK(names.size() == Formats::size);
  std::filesystem::path const folder =
      std::filesystem::path(SRLM_TEST_DATA_DIR).parent_path() / "include/srlm/data/formats";
  std::size_t files = 0;
  for (auto const& entry : std::filesystem::directory_iterator(folder)) {
    CHECK(names.contains(entry.path().stem().string()));
    ++files;
  }
  CHECK(files == Formats::size);
}

TEST_CASE("a score is written with the digits that a person gave it") {
  PreferenceRow const row{{{"user", "p"}}, "a", "b", 4.1f, 1e-7f};
  CHECK(PreferenceFormat::write(row, "f:1").dump() ==
        R"({"prompt":"p","chosen":"a","rejected":"b","chosen_score":4.1,"rejected_score":1e-07})");
}

TEST_CASE("each format gives the conversation or the preference that was meant") {
  Conversation const greeting = {{"user", "Hi"}, {"assistant", "Hello."}};
  Conversation const longer = {{"system", ""}, {"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}};
  using Rows = std::vector<Conversation>;
  CHECK(rows_in<Conversation>(R"({"instruction":"Hi","output":"Hello."})") == Rows{greeting});
  CHECK(rows_in<Conversation>(R"([{"instruction":"Hi","input":"","output":"Hello."}])") == Rows{greeting});
  CHECK(rows_in<Conversation>(R"({"instruction":"Hi","input":" \n","output":"Hello."})") == Rows{greeting});
  CHECK(rows_in<Conversation>(R"({"instruction":"Hi","input":null,"output":"Hello."})") == Rows{greeting});
  CHECK(rows_in<Conversation>(R"({"instruction":"Add.","input":"1 2","output":"3"})") ==
        Rows{{{"user", "Add.\n\n1 2"}, {"assistant", "3"}}});
  CHECK(rows_in<Conversation>(R"({"prompt":"Hi","response":"Hello.","id":3})") == Rows{greeting});
  CHECK(rows_in<Conversation>(R"({"conversations":[{"from":"human","value":"Hi"},{"from":"gpt","value":"Hello."}]})") ==
        Rows{greeting});
  CHECK(rows_in<Conversation>(
            R"({"conversations":[{"from":"system","value":""},{"from":"user","value":"a"},{"from":"assistant",)"
            R"("value":"b"},{"from":"human","value":"c"},{"from":"gpt","value":"d"}],"id":"x"})") == Rows{longer});
  CHECK(rows_in<Conversation>(
            R"({"system":"","conversations":[{"from":"user","value":"a"},{"from":"assistant","value":"b"},)"
            R"({"from":"human","value":"c"},{"from":"gpt","value":"d"}]})") == Rows{longer});
  CHECK(rows_in<Conversation>(
            R"({"messages":[{"role":"system","content":""},{"role":"user","content":"a"},{"role":"assistant",)"
            R"("content":"b"},{"role":"user","content":"c"},{"role":"assistant","content":"d"}]})") == Rows{longer});
  CHECK(rows_in<Conversation>(R"({"prompt":"Hi","chosen":"Hello.","rejected":"No."})") == Rows{greeting});
  CHECK(rows_in<Conversation>(
            R"({"prompt":"Hi","answers":[{"text":"Ho","rank":2},{"text":"Hello.","rank":0}],"split":"train"})") ==
        Rows{greeting});
  CHECK(rows_in<Conversation>(R"({"prompt":"Hi","answers":[{"text":"Hello.","rank":1}],"split":"held_out"})").empty());

  CHECK(rows_in<Conversation>(R"({"prompt":"Hi","answers":[{"text":"Ho","rank":1}],"split":"train"})").empty());

  PreferenceRow const row{{{"user", "Hi"}}, "Hello.", "No.", 4.5f, -1.0f};
  for (char const* same : {
           R"({"prompt":"Hi","chosen":"Hello.","rejected":"No.","chosen_score":4.5,"rejected_score":-1})",
           R"({"prompt":"Hi","chosen":"Hello.","rejected":"No.","score_chosen":4.5,"score_rejected":-1})",
           R"({"instruction":"Hi","input":"","output":"?","chosen":"Hello.","rejected":"No.","chosen_score":4.5,)"
           R"("rejected_score":-1})",
           R"({"prompt":[{"role":"user","content":"Hi"}],"chosen":[{"role":"assistant","content":"Hello."}],)"
           R"("rejected":[{"role":"assistant","content":"No."}],"chosen_score":4.5,"rejected_score":-1})",
           R"({"chosen":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello."}],)"
           R"("rejected":[{"role":"user","content":"Hi"},{"role":"assistant","content":"No."}],"chosen_score":4.5,)"
           R"("rejected_score":-1})",
           R"({"prompt":"Hi","prompt_id":"7","messages":[],"chosen":[{"role":"user","content":"Hi"},)"
           R"({"role":"assistant","content":"Hello."}],"rejected":[{"role":"user","content":"Hi"},)"
           R"({"role":"assistant","content":"No."}],"score_chosen":4.5,"score_rejected":-1})",
           R"({"prompt":"Hi","chosen":[{"role":"assistant","content":"Hello."}],)"
           R"("rejected":[{"role":"assistant","content":"No."}],"score_chosen":4.5,"score_rejected":-1})",
       }) {
    INFO(same);
    CHECK(rows_in<PreferenceRow>(same) == std::vector{row});
  }
  PreferenceRow const sky{{{"user", "The sky is"}}, " blue.", " green."};
  CHECK(rows_in<PreferenceRow>(R"({"chosen":"The sky is blue.","rejected":"The sky is green."})") == std::vector{sky});
  CHECK(rows_in<PreferenceRow>(
            R"({"prompt":"p","answers":[{"text":"x","rank":1},{"text":"y","rank":0},{"text":"z","rank":1}],)"
            R"("split":"train"})") ==
        std::vector<PreferenceRow>{{{{"user", "p"}}, "y", "x"}, {{{"user", "p"}}, "y", "z"}});
}

TEST_CASE("every bad row is an error with file, line and cause, and is counted where bad rows are skipped") {
  struct Case {
    char const *format, *good, *bad;
    RowFault fault;
    char const* part;
  };
  char const *const messages = R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}]})",
                    *const preference = R"({"prompt":"p","chosen":"a","rejected":"b"})",
                    *const alpaca = R"({"instruction":"i","output":"o"})",
                    *const sharegpt = R"({"conversations":[{"from":"human","value":"a"},{"from":"gpt","value":"b"}]})",
                    *const both = R"({"chosen":"p a","rejected":"p b"})",
                    *const lists =
                        R"({"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"a"}],)"
                        R"("rejected":[{"role":"assistant","content":"b"}]})",
                    *const whole = R"({"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"a"}],)"
                                   R"("rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"b"}]})";
  for (
      Case const& c : std::vector<Case>{
          {"messages", messages, R"({"messages":[]})", RowFault::no_prompt, "no messages"},
          {"messages", messages, R"({"messages":"x"})", RowFault::field, "a list of messages"},
          {"messages", messages, R"({"messages":["x"]})", RowFault::field, "message 1"},
          {"messages", messages, R"({"messages":[{"role":"user"}]})", RowFault::field, "\"content\" is missing"},
          {"messages", messages, R"({"messages":[{"role":"user","content":"a"}]})", RowFault::roles,
           "ends with the user"},
          {"messages", messages, R"({"messages":[{"role":"assistant","content":"a"}]})", RowFault::no_prompt, ""},
          {"messages", messages,
           R"({"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"}]})",
           RowFault::roles, "message 2: got the role \"user\", expected assistant"},
          {"messages", messages,
           R"({"messages":[{"role":"assistant","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":"c"}]})",
           RowFault::roles, "message 1"},
          {"messages", messages,
           R"({"messages":[{"role":"user","content":"a"},{"role":"system","content":"b"},{"role":"assistant","content":"c"}]})",
           RowFault::roles, "message 2: got a system message"},
          {"messages", messages, R"({"messages":[{"role":"tool","content":"a"},{"role":"assistant","content":"c"}]})",
           RowFault::roles, "\"tool\""},
          {"messages", messages, R"({"messages":[{"role":"user","content":"a"},{"role":"robot","content":"c"}]})",
           RowFault::roles, "\"robot\""},
          {"messages", messages, R"({"messages":[{"role":"system","content":"a"},{"role":"assistant","content":"c"}]})",
           RowFault::no_prompt, "system message alone"},
          {"messages", messages, R"({"messages":[{"role":"user","content":" "},{"role":"assistant","content":"c"}]})",
           RowFault::no_prompt, "a blank prompt"},
          {"messages", messages, R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"\n"}]})",
           RowFault::empty_answer, "message 2: got an empty answer"},
          {"messages", messages, alpaca, RowFault::field, "\"messages\" is missing"},
          {"messages", messages, "{", RowFault::syntax, "not JSON"},
          {"messages", messages, "3", RowFault::syntax, "a JSON object"},
          {"sharegpt", sharegpt, R"({"conversations":[{"from":"gpt","value":"b"}]})", RowFault::no_prompt, ""},
          {"sharegpt", sharegpt, R"({"conversations":[{"from":"bing","value":"b"}]})", RowFault::roles, "\"bing\""},
          {"sharegpt", sharegpt, R"({"conversations":[{"role":"user","content":"b"}]})", RowFault::field, "\"from\""},
          {"sharegpt", sharegpt, R"({"conversations":[{"from":"human","value":3}]})", RowFault::field, "a string"},
          {"alpaca", alpaca, R"({"output":"o"})", RowFault::field, "\"instruction\" is missing"},
          {"alpaca", alpaca, R"({"instruction":"i"})", RowFault::field, "\"output\" is missing"},
          {"alpaca", alpaca, R"({"instruction":" ","output":"o"})", RowFault::no_prompt, "a blank prompt"},
          {"alpaca", alpaca, R"({"instruction":"i","output":" "})", RowFault::empty_answer, "an empty answer"},
          {"alpaca", alpaca, R"({"instruction":"i","input":3,"output":"o"})", RowFault::field, "\"input\""},
          {"prompt_response", R"({"prompt":"p","response":"r"})", R"({"response":"r"})", RowFault::field, "\"prompt\""},
          {"prompt_response", R"({"prompt":"p","response":"r"})", R"({"prompt":"p","response":""})",
           RowFault::empty_answer, ""},
          {"preference", preference, R"({"chosen":"a","rejected":"b"})", RowFault::field, "\"prompt\" is missing"},
          {"preference", preference, R"({"prompt":null,"chosen":"a","rejected":"b"})", RowFault::field, "\"prompt\""},
          {"preference", preference, R"({"prompt":"\n","chosen":"a","rejected":"b"})", RowFault::no_prompt, "blank"},
          {"preference", preference, R"({"prompt":"p","chosen":"a","rejected":"a"})", RowFault::equal_answers,
           "equals the rejected"},
          {"preference", preference, R"({"prompt":"p","chosen":"","rejected":"a"})", RowFault::empty_answer,
           "\"chosen\""},
          {"preference", preference, R"({"prompt":"p","chosen":"a"})", RowFault::field, "\"rejected\" is missing"},
          {"preference", preference, R"({"prompt":"p","chosen":"a","rejected":[]})", RowFault::field, "\"rejected\""},
          {"preference", preference, R"({"prompt":"p","chosen":"a","rejected":"b","chosen_score":"4"})",
           RowFault::field, "chosen_score"},
          {"preference", preference, R"({"prompt":"p","chosen":"a","rejected":"b","score_chosen":1e300})",
           RowFault::field, "too large"},
          {"preference_implicit", both, R"({"chosen":"a","rejected":"b"})", RowFault::no_prompt,
           "without a common beginning"},
          {"preference_implicit", both, R"({"chosen":"same","rejected":"same"})", RowFault::equal_answers, ""},
          {"preference_implicit", both, R"({"chosen":"p a","rejected":"p"})", RowFault::empty_answer, "beginning of"},
          {"preference_implicit", both, preference, RowFault::field, "a field \"prompt\""},
          {"preference_messages", lists, preference, RowFault::field, "\"prompt\": got \"p\""},
          {"preference_messages", lists,
           R"({"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"user","content":"a"}],"rejected":[]})",
           RowFault::roles, "\"chosen\": got an answer with the role \"user\""},
          {"preference_messages", lists, R"({"prompt":[{"role":"user","content":"p"}],"chosen":[],"rejected":[]})",
           RowFault::roles, "0 messages"},
          {"preference_messages", lists,
           R"({"prompt":[{"role":"assistant","content":"p"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]})",
           RowFault::roles, "begins with the user"},
          {"preference_messages", lists,
           R"({"prompt":[],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]})",
           RowFault::no_prompt, "no messages"},
          {"preference_messages", lists,
           R"({"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"a"}]})",
           RowFault::equal_answers, ""},
          {"preference_messages_implicit", whole,
           R"({"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]})",
           RowFault::no_prompt, "without a common message"},
          {"preference_messages_implicit", whole,
           R"({"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"a"}]})",
           RowFault::equal_answers, ""},
          {"preference_messages_implicit", whole,
           R"({"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"a"},{"role":"user","content":"x"},{"role":"assistant","content":"y"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"b"}]})",
           RowFault::roles, "an answer of 3 messages"},
          {"preference_messages_implicit", whole,
           R"({"prompt":"q","chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"b"}]})",
           RowFault::field, "another text"},
          {"alpaca_preference", R"({"instruction":"i","chosen":"a","rejected":"b"})",
           R"({"instruction":"i","chosen":"a","rejected":"a"})", RowFault::equal_answers, ""},
          {"seeds", R"({"prompt":"p","response":"r"})", R"({"prompt":" ","response":"r"})", RowFault::no_prompt, ""},
          {"seeds", R"({"prompt":"p","response":"r"})", R"({"prompt":"q","response":""})", RowFault::empty_answer, ""},
          {"seeds", R"({"prompt":"p","response":"r"})",
           R"({"prompt":"q","answers":[{"text":"x","rank":0},{"text":"x","rank":1}],"split":"train"})",
           RowFault::equal_answers, "answer 2"}}) {
    INFO(c.format << ": " << c.bad);
    ScratchFile const file(std::string("\n") + c.good + "\n" + c.bad + "\n");
    DataReport report;
    DataOptions options{.format = c.format};
    try {
      read_data(file.path(), options, report);
      FAIL_CHECK("was read");
    } catch (BadRow const& error) {
      CHECK_THAT(error.what(), ContainsSubstring(file.path() + ":3"));
      CHECK_THAT(error.what(), ContainsSubstring(c.part));
      CHECK(name(error.fault()) == name(c.fault));
    }
    DataReport counted;
    options.skip_bad = true;
    std::visit([](auto const& rows) { CHECK(rows.size() == 1); }, read_data(file.path(), options, counted));
    CHECK(counted.rows == 2);
    CHECK(counted.bad == std::map<RowFault, std::size_t>{{c.fault, 1}});
    REQUIRE(counted.first_bad.size() == 1);
    CHECK_THAT(counted.first_bad[0], ContainsSubstring(":3"));
  }
}

TEST_CASE("a file has the format that most of its rows have, so that a row without a prompt is no implicit one") {
  std::string const good = "{\"prompt\":\"p\",\"chosen\":\"a\",\"rejected\":\"b\"}\n",
                    bare_row = "{\"chosen\":\"The cat\",\"rejected\":\"The dog\"}\n";
  CHECK(rows_in<PreferenceRow>(bare_row).at(0).prompt == Conversation{{"user", "The"}});
  for (std::string const& content : {bare_row + good, good + bare_row, bare_row + good + good}) {
    CHECK_THROWS_WITH(rows_in<PreferenceRow>(content), ContainsSubstring("\"prompt\" is missing"));
    CHECK(rows_in<PreferenceRow>(content, {.skip_bad = true}).size() + 1 ==
          static_cast<std::size_t>(std::count(content.begin(), content.end(), '\n')));
  }
}

TEST_CASE("what no format recognises, an unknown name and kinds that do not fit are errors that say what there is") {
  CHECK_THROWS_WITH(rows_in<Conversation>("{\"x\":1}\n"), ContainsSubstring(".jsonl:1: got {\"x\":1}"));
  CHECK_THROWS_WITH(rows_in<Conversation>("\n"), ContainsSubstring("no rows"));
  CHECK_THROWS_WITH(rows_in<Conversation>("{}", {.format = "alpca"}), ContainsSubstring("sharegpt"));
  CHECK_THROWS_WITH(rows_in<PreferenceRow>(R"({"instruction":"i","output":"o"})"), ContainsSubstring("got alpaca"));
}

TEST_CASE("fields that a format does not know are counted") {
  ScratchFile const file(
      R"([{"instruction":"i","output":"o","text":"t","id":3},{"instruction":"i","output":"o","id":4}])");
  DataReport report;
  read_data(file.path(), {}, report);
  CHECK(report.ignored == std::map<std::string, std::size_t>{{"id", 2}, {"text", 1}});
  CHECK(report.format == "alpaca");
  ScratchFile const nested(
      R"({"messages":[{"role":"user","content":"a","name":"x"},{"role":"assistant","content":"b","name":"y"}]})");
  DataReport inner;
  read_data(nested.path(), {}, inner);
  CHECK(inner.ignored == std::map<std::string, std::size_t>{{"messages[].name", 1}});
}

TEST_CASE("seeds come out of the other formats, each prompt once") {
  auto const seeds_in = [](std::string const& content) {
    ScratchFile const file(content);
    return read_seeds(file.path());
  };
  CHECK(seeds_in(R"({"prompt":"p","chosen":"a","rejected":"b"})") ==
        std::vector<SeedExample>{{"p", {{"a", 0}, {"b", 1}}}});
  CHECK(seeds_in(R"([{"instruction":"i","input":"x","output":"o"}])") ==
        std::vector<SeedExample>{{"i\n\nx", {{"o", 0}}}});
  CHECK(seeds_in(
            "{\"prompt\":\"p\",\"response\":\"a\",\"split\":\"held_out\"}\n{\"prompt\":\"q\",\"response\":\"a\"}\n") ==
        std::vector<SeedExample>{{"p", {{"a", 0}}, true}, {"q", {{"a", 0}}}});
  CHECK_THROWS_WITH(seeds_in("{\"instruction\":\"i\",\"output\":\"o\"}\n{\"instruction\":\"i \",\"output\":\"u\"}\n"),
                    ContainsSubstring(".jsonl:2: got the prompt of line 1"));
  CHECK_THROWS_WITH(
      seeds_in(R"({"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user",)"
               R"("content":"c"},{"role":"assistant","content":"d"}]})"),
      ContainsSubstring(".jsonl:1: got a prompt of 3 messages"));
  CHECK_THROWS_WITH(seeds_in(R"({"prompt":"p","chosen":"a","rejected":""})"), ContainsSubstring("empty rejected"));
}

TEST_CASE("ranked replies are seeds: unranked ones left out, prompts of evaluations held out") {
  ScratchFile const file(
      R"({"prompt":"p","id":"1","replies":[{"text":"a","rank":1,"quality":null},{"text":"b","rank":null},{"text":"c","rank":0}]})"
      "\n"
      R"({"prompt":"q","in_alpaca_eval":false,"in_oasst1_val":true,"dup_rank":false,"replies":[{"text":"a","rank":0}]})"
      "\n"
      R"({"prompt":"r","dup_rank":true,"replies":[{"text":"a","rank":0},{"text":"b","rank":0}]})"
      "\n"
      R"({"prompt":"s","replies":[{"text":"a","rank":null}]})");
  DataReport report;
  CHECK(read_seeds(file.path(), {}, report) ==
        std::vector<SeedExample>{{"p", {{"a", 1}, {"c", 0}}}, {"q", {{"a", 0}}, true}});
  CHECK(report.format == "ranked_replies");
  CHECK(report.left_out == LeftOut{{"unranked", 2}, {"dup_rank", 1}, {"prompt_without_ranked_replies", 1}});
  CHECK(report.ignored == std::map<std::string, std::size_t>{{"id", 1}, {"replies[].quality", 1}});
}

TEST_CASE("ranked responses are seeds: one rank a response, other fields as in seeds") {
  ScratchFile const file(R"({"prompt":"p","responses":["a","b"],"ranks":[1,0]})"
                         "\n"
                         R"({"prompt":"q","responses":["c"],"ranks":[0],"split":"held_out","topic":"t","scores":[3]})");
  DataReport report;
  CHECK(read_seeds(file.path(), {}, report) ==
        std::vector<SeedExample>{{"p", {{"a", 1}, {"b", 0}}}, {"q", {{"c", 0}}, true, "t"}});
  CHECK(report.format == "ranked_responses");
  CHECK(report.ignored == std::map<std::string, std::size_t>{{"scores", 1}});
  for (char const* bad :
       {R"({"prompt":"p","responses":["a","b"],"ranks":[0]})", R"({"prompt":"p","responses":[],"ranks":[]})",
        R"({"prompt":"p","responses":["a","a"],"ranks":[0,1]})", R"({"prompt":"p","responses":"a","ranks":[0]})",
        R"({"prompt":"p","responses":["a"],"ranks":[-1]})", R"({"prompt":"p","responses":[3],"ranks":[0]})"}) {
    INFO(bad);
    CHECK_THROWS_WITH(rows_in<SeedExample>(bad), ContainsSubstring(":1"));
  }
}

TEST_CASE("a tokenizer that knows only turns refuses several messages, one that knows chats renders them") {
  Conversation const longer = {{"user", "a"}, {"assistant", "b"}, {"user", "c"}, {"assistant", "d"}};
  CHECK_THROWS_WITH(encode_conversation(ByteTokenizer{}, longer), ContainsSubstring("3 messages"));
  struct Chat : ByteTokenizer {
    Tokens encode_chat(std::span<text::Message const> messages, bool opens) const {
      return {static_cast<Token>(messages.size()), opens ? 1 : 0};
    }
  };
  auto const example = encode_conversation(Chat{}, longer);
  CHECK(example.prompt.tokens == Tokens{3, 1});
  CHECK(example.prompt.text == "a\n\nb\n\nc");
  CHECK(example.response.tokens == ByteTokenizer{}.encode_response("d"));
  ScratchFile const file(
      R"({"chosen":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user",)"
      R"("content":"c"},{"role":"assistant","content":"d"}],"rejected":[{"role":"user","content":)"
      R"("a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"},)"
      R"({"role":"assistant","content":"e"}]})");
  auto const pairs = read_pairs(file.path(), Chat{});
  CHECK(pairs.at(0).prompt.tokens == Tokens{3, 1});
  CHECK(pairs[0].rejected.text == "e");
}

TEST_CASE("the 1,100 rows of the polite and impolite answers are read, but for the six whose answers are equal") {
  std::string const path = std::string(SRLM_SHARED_DIR) + "/data/preference/instruction-data-with-preference.json";
  if (!std::filesystem::exists(path)) {
    WARN("skipped: " << path << " is not here");
    return;
  }
  io::Json const whole = io::read_json_file(path); // counted by other means
  std::size_t equal = 0;
  for (io::Json const& row : whole) {
    equal += row.at("chosen") == row.at("rejected") ? 1 : 0;
  }
  DataReport report;
  DataOptions const options{.skip_bad = true};
  auto const rows = rows_as<PreferenceRow>(read_data(path, options, report), options, report);
  CHECK(report.rows == 1100);
  CHECK(rows.size() + equal == whole.size());
  CHECK(report.bad == std::map<RowFault, std::size_t>{{RowFault::equal_answers, equal}});
  CHECK(rows[0].row.prompt[0].content ==
        whole[0].at("instruction").get<std::string>() + "\n\n" + whole[0].at("input").get<std::string>());
}
