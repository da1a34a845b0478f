/// Verifiable instructions against IFEval's own checkers, how their rows are read, their accuracies and their judge.
#include "data/scratch_file.hpp"
#include "support/catch.hpp"

#include <srlm/eval/instruction_accuracy.hpp>
#include <srlm/judge/function_judge.hpp>
#include <set>

using namespace srlm;
using Catch::Matchers::ContainsSubstring;
using io::Json;

namespace {

std::string message_of(Json const& row) {
  try {
    read_instruction_row(row, "rows.jsonl:3");
  } catch (Error const& error) {
    return error.what();
  }
  return "";
}

/// A value that an argument of this type takes.
template <class Kind, class Value>
Json example(Value Kind::*) {
  if constexpr (std::is_same_v<Value, std::int64_t>) {
    return 2;
  } else if constexpr (std::is_same_v<Value, std::string>) {
    return "x";
  } else if constexpr (std::is_same_v<Value, Relation>) {
    return "at least";
  } else {
    return Json::array({"x"});
  }
}

Json row_of(std::string const& id, Json const& arguments) {
  return {{"key", 1}, {"prompt", "Say it."}, {"instruction_id_list", {id}}, {"kwargs", {arguments}}};
}

} // namespace

TEST_CASE("each kind decides as IFEval's own checker does, strictly and loosely") {
  Json const cases = io::read_json_file(SRLM_TEST_DATA_DIR "/fixtures/instructions.json");
  std::set<std::string> ids;
  for (Json const& c : cases) {
    Instruction const instruction = read_instruction(c.at("id"), c.at("kwargs"), "fixture");
    std::string const response = c.at("response");
    CAPTURE(c.dump());
    CHECK(is_kept(instruction, response) == c.at("strict").get<bool>());
    CHECK(is_kept_loosely(instruction, response) == c.at("loose").get<bool>());
    ids.insert(c.at("id").get<std::string>());
  }
  for_each_type(Instructions{},
                [&]<class Kind>(std::type_identity<Kind>) { CHECK(ids.contains(std::string(Kind::name))); });
  CHECK(Instructions::size == ids.size());
}

TEST_CASE("a blank response keeps nothing") {
  CHECK_FALSE(is_kept(NoComma{}, ""));
  CHECK_FALSE(is_kept(NoComma{}, " \n"));
  CHECK_FALSE(is_kept_loosely(NoComma{}, " \n"));
}

TEST_CASE("the loose readings leave out a first line, a last line and asterisks") {
  CHECK(is_kept_loosely(EnglishLowercase{}, "Sure!\nyes"));
  CHECK(is_kept_loosely(EnglishLowercase{}, "yes\nGood luck!"));
  CHECK(is_kept_loosely(EnglishLowercase{}, "Sure!\nyes\nGood luck!"));
  CHECK_FALSE(is_kept_loosely(EnglishLowercase{}, "Sure!\nSo:\nyes"));
  CHECK_FALSE(is_kept_loosely(EnglishLowercase{}, "Sure!"));
  CHECK(is_kept_loosely(Quotation{}, "**\"Yes\"**"));
  CHECK(is_kept_loosely(EndPhrase{"the end"}, "Hm,\n*The End*"));
  CHECK_FALSE(is_kept(EnglishLowercase{}, "Sure!\nyes"));
}

TEST_CASE("every kind reads its arguments and refuses others") {
  for_each_type(Instructions{}, [&]<class Kind>(std::type_identity<Kind>) {
    std::string const id(Kind::name);
    Json arguments = Json::object();
    std::apply(
        [&](auto const&... argument) { ((arguments[std::string(argument.name)] = example(argument.member)), ...); },
        Kind::arguments);
    CAPTURE(id);
    CHECK(name_of(read_instruction(id, arguments, "here")) == id);
    for (auto const& [key, value] : arguments.items()) {
      Json fewer = arguments, other = arguments;
      fewer[key] = nullptr;
      other[key] = true;
      CHECK_THAT(message_of(row_of(id, fewer)), ContainsSubstring(id + ": the field \"" + key + "\" is missing"));
      CHECK_THAT(message_of(row_of(id, other)), ContainsSubstring("rows.jsonl:3"));
    }
    arguments["other"] = 1;
    CHECK_THAT(message_of(row_of(id, arguments)), ContainsSubstring("the argument \"other\""));
    arguments["other"] = nullptr;
    CHECK(message_of(row_of(id, arguments)).empty());
  });
}

TEST_CASE("the page lists every kind with its arguments") {
  std::ifstream in(SRLM_TEST_DATA_DIR "/../docs/instructions.md");
  std::string const page{std::istreambuf_iterator<char>(in), {}};
  for_each_type(Instructions{}, [&]<class Kind>(std::type_identity<Kind>) {
    std::string row = "| `" + std::string(Kind::name) + "` |";
    std::apply(
        [&row](auto const&... argument) {
          std::string separator = " `";
          ((row += separator + std::string(argument.name) + "`", separator = ", `"), ...);
          row += " |";
        },
        Kind::arguments);
    CHECK_THAT(page, ContainsSubstring(row));
  });
}

TEST_CASE("a row that is wrong says what and where") {
  CHECK_THAT(message_of(row_of("punctuation:no_comma", "x")), ContainsSubstring("a JSON object"));
  CHECK_THAT(message_of(row_of("no:such", Json::object())), ContainsSubstring("\"no:such\""));
  CHECK_THAT(message_of({{"prompt", "x"}, {"instruction_id_list", Json::array()}}),
             ContainsSubstring("no instruction"));
  CHECK_THAT(message_of({{"prompt", "x"}, {"instruction_id_list", {7}}}), ContainsSubstring("got 7"));
  CHECK_THAT(message_of({{"prompt", "x"}, {"instruction_id_list", {"punctuation:no_comma"}}, {"kwargs", {1, 2}}}),
             ContainsSubstring("got 2 objects, expected 1"));
  CHECK_THAT(message_of({{"instruction_id_list", {"punctuation:no_comma"}}}),
             ContainsSubstring("\"prompt\" is missing"));
  Json const words = {{"num_words", -1}, {"relation", "at least"}};
  CHECK_THAT(message_of(row_of("length_constraints:number_words", words)), ContainsSubstring("got -1"));
  Json const relation = {{"num_words", 1}, {"relation", "at most"}};
  CHECK_THAT(message_of(row_of("length_constraints:number_words", relation)), ContainsSubstring("\"at most\""));
  CHECK_THAT(message_of(row_of("keywords:existence", {{"keywords", Json::array()}})), ContainsSubstring("no words"));
}

TEST_CASE("rows with an instruction that nothing here decides are left out") {
  std::string const language = row_of("language:response_language", {{"language", "de"}}).dump() + "\n";
  Json const without = {{"prompt", "x"}, {"instruction_id_list", {"punctuation:no_comma"}}};
  ScratchFile const file(language + without.dump() + "\n" + row_of("startend:quotation", nullptr).dump());
  CHECK_THROWS_WITH(read_instruction_rows(file.path()), ContainsSubstring(":3: startend:quotation: got null"));
  ScratchFile const good(language + without.dump() + "\n" + row_of("startend:quotation", Json::object()).dump());
  InstructionRows const all = read_instruction_rows(good.path());
  CHECK(all.left_out == 1);
  REQUIRE(all.rows.size() == 2);
  CHECK(all.rows[0].key.empty());
  CHECK(all.rows[1].key == "1");
  CHECK(all.rows[1].prompt == "Say it.");
  CHECK(name_of(all.rows[1].instructions.at(0)) == "startend:quotation");
  ScratchFile const none(language);
  CHECK_THROWS_WITH(read_instruction_rows(none.path()), ContainsSubstring("no rows"));
}

TEST_CASE("accuracy counts prompts that keep all, and single instructions") {
  std::vector<InstructionRow> const rows = {{"1", "a", {NoComma{}, EnglishLowercase{}}}, {"2", "b", {NoComma{}}}};
  std::vector<std::string> const responses = {"Sure:\nyes", "a, b"};
  InstructionReport const report = measure_instructions(rows, responses);
  CHECK(report.strict.prompts.kept == 0);
  CHECK(report.strict.prompts.all == 2);
  CHECK(report.strict.instructions.kept == 1);
  CHECK(report.strict.instructions.share() == Catch::Approx(1.0 / 3));
  CHECK(report.loose.prompts.kept == 1);
  CHECK(report.loose.instructions.kept == 2);
  CHECK(report.loose.kinds.at("punctuation:no_comma").all == 2);
  CHECK(report.strict.kinds.at("change_case:english_lowercase").kept == 0);
  CHECK_THROWS_WITH(measure_instructions(rows, {}), ContainsSubstring("got 0 responses, expected 2"));
}

TEST_CASE("as a judge an answer's score is the share of its prompt's instructions that it keeps") {
  FunctionJudge judge{InstructionScore{{{"1", "Say it.", {NoComma{}, EnglishLowercase{}}}}}};
  std::vector<JudgedGroup> groups = {{{"Say it.", {}}, {{"yes", {}}, {"Yes", {}}, {"Yes, sir", {}}, {"", {}}}},
                                     {{"Another.", {}}, {{"yes", {}}}}};
  int policy = 0;
  judge.score(policy, groups, Seed{});
  CHECK(groups[0].scores == std::vector<Score>{1.0f, 0.5f, 0.0f, 0.0f});
  CHECK(groups[1].scores == std::vector<Score>{std::nullopt});
  CHECK_THROWS_WITH((InstructionScore{{{"1", "x", {NoComma{}}}, {"2", "x", {NoComma{}}}}}),
                    ContainsSubstring("\"x\" twice"));
}
