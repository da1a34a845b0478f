/// What a report says of a run: read from the journal of a real loop, whole or torn, and put into a page that keeps its
/// size and lets no text become markup.
#include "support/bigram.hpp"
#include "support/catch.hpp"
#include <srlm/core.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/report_html.hpp>
#include <unistd.h>
#include <algorithm> // count
#include <fstream>

namespace {

using namespace srlm;
using Catch::Matchers::ContainsSubstring;
using observe::ReportData;

std::filesystem::path fresh_folder(std::string const& name) {
  auto const path = std::filesystem::temp_directory_path() / ("srlm_report_" + std::to_string(::getpid()) + "_" + name);
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

void append(std::filesystem::path const& file, std::string const& text) {
  std::ofstream(file, std::ios::binary | std::ios::app) << text;
}

/// Two votes: how many a's, and one that says nothing.
struct TwoVotes {
  void score(bigram::Policy&, std::span<JudgedGroup> groups, Seed) const {
    for (JudgedGroup& group : groups) {
      for (Response const& y : group.responses) {
        auto const a = static_cast<float>(std::count(y.text.begin(), y.text.end(), 'a'));
        group.scores.push_back(a);
        group.verdicts.push_back({{a, VerdictCause::none, "of " + y.text}, {{}, VerdictCause::no_score, "hm"}});
      }
    }
  }
};

/// Two turns of the loop into a folder; returns what observers heard of the judging.
std::vector<PairsSelected> record(std::filesystem::path const& path, std::vector<Warning>& warned) {
  observe::RunFolder const folder(path);
  JournalFile journal(folder, {{"iterations", 2}});
  std::vector<PairsSelected> heard;
  auto policy = bigram::random();
  FixedPrompts prompts({"one", "two", "six"});
  TwoVotes judge;
  PreferenceTrainer dpo{DpoLoss{}, Sgd{20.0f}, {.epochs = 2, .batch = 4}};
  self_rewarding(policy, prompts, judge, BestVersusWorst{}, dpo, {.iterations = 2, .prompts = 20}, journal,
                 Warnings([&](Warning const& w) { warned.push_back(w); }, {.length = 0.1}),
                 [&](PairsSelected const& e) { heard.push_back(e); });
  return heard;
}

std::string data_of(std::string const& page) {
  std::size_t const begin = page.find("id=\"data\">") + 10;
  return page.substr(begin, page.find("</script>", begin) - begin);
}

observe::ReportPair long_pair(std::size_t index, std::size_t bytes) {
  observe::JudgedAnswer const answer{
      {std::string(bytes, '<'), {1}, true}, 1.0f, {{1.0f, VerdictCause::none, "\u00e9\u00e9"}}};
  return {1, {"prompt " + std::to_string(index), {}}, answer, answer};
}

} // namespace

TEST_CASE("a report holds what the observers of the run heard, and each pair with the verdicts on its answers") {
  auto const path = fresh_folder("loop");
  std::vector<Warning> warned;
  auto const heard = record(path, warned);
  ReportData const data = observe::read_report(path);
  REQUIRE(heard.size() == 2);
  REQUIRE(data.models.size() == 4); // M0 to M3
  CHECK_FALSE(data.models[0].score);
  for (int t : {1, 2}) {
    auto const& model = data.models[static_cast<std::size_t>(t)];
    auto const& told = heard[static_cast<std::size_t>(t) - 1];
    REQUIRE(model.score);
    CHECK(model.score->value == Catch::Approx(told.mean_score));
    CHECK(model.score->low < model.score->value);
    CHECK(model.score->value < model.score->high);
    CHECK(model.length->value == Catch::Approx(told.mean_length));
    CHECK(model.finished->value == Catch::Approx(told.finished_share));
    CHECK(model.usable->value == Catch::Approx(0.5));
    CHECK(model.summary.judged->pairs == told.pairs);
    CHECK(model.summary.judged->gaps == told.gaps);
  }
  CHECK_FALSE(data.models[3].score); // made, and not judged
  REQUIRE(data.pairs.size() == heard[0].pairs + heard[1].pairs);
  for (observe::ReportPair const& pair : data.pairs) {
    for (observe::JudgedAnswer const& answer : {pair.chosen, pair.rejected}) {
      REQUIRE(answer.verdicts.size() == 2);
      CHECK(answer.verdicts[0].text == "of " + answer.response.text);
    }
    CHECK(*pair.chosen.score > *pair.rejected.score);
  }
  std::vector<Warning> const again = observe::warnings_of(data, {.length = 0.1});
  REQUIRE(warned.size() >= 2);
  REQUIRE(again.size() == warned.size());
  for (std::size_t i = 0; i < again.size(); ++i) {
    CHECK(again[i].text == warned[i].text);
  }
}

TEST_CASE("a run that holds its folder can be read, as far as its journal is whole") {
  auto const path = fresh_folder("torn");
  observe::RunFolder const folder(path);
  JournalFile journal(folder, {{"seed", 7}});
  StepTaken step;
  step.steps = 2;
  step.loss = 0.5;
  journal.record(UnitKey{1, Stage::preference, 0}, step);
  append(path / "journal.jsonl", "{\"t\":1,\"stage\":\"preference\",\"index\":1,\"uni");
  ReportData const data = observe::read_report(path);
  REQUIRE(data.steps.size() == 1);
  CHECK(data.steps[0].loss == 0.5);
  CHECK(data.last_unit == UnitKey{1, Stage::preference, 0});
  CHECK_FALSE(data.ended);
  CHECK(data.models.size() == 1); // M2 is not made yet, and nothing tells of M1

  journal.record(UnitKey{2, Stage::preference, 0}, step); // after the torn half: now that line is damaged
  CHECK_THROWS_WITH(observe::read_report(path), ContainsSubstring("journal.jsonl:3"));
}

TEST_CASE("a folder in which nothing is recorded yet gives a page, one without a journal an error") {
  auto const path = fresh_folder("early");
  CHECK_THROWS_WITH(observe::read_report(path), ContainsSubstring("no journal.jsonl"));
  CHECK_THROWS_WITH(observe::read_report(path / "nowhere"), ContainsSubstring("no folder"));
  append(path / "journal.jsonl", "{\"srlm_jour");
  ReportData const data = observe::read_report(path);
  CHECK_FALSE(data.last_unit);
  CHECK_THAT(observe::report_html(data, {}), ContainsSubstring("\"last\":null"));
}

TEST_CASE("whatever text is embedded holds nothing that HTML reads, and is read back as it was") {
  std::string const hostile = "</script><!-- <script> & \" ' \\ \u2028 \u2029 \u00e9 \U0001f600 \n";
  std::string const embedded = observe::embedded_json({{"<key>", hostile}});
  CHECK(embedded.find_first_of("<>&") == std::string::npos);
  CHECK(embedded.find("\u2028") == std::string::npos);
  CHECK(embedded.find("\u2029") == std::string::npos);
  CHECK_THAT(embedded, ContainsSubstring("\u00e9 \U0001f600"));
  CHECK(io::Json::parse(embedded).at("<key>") == hostile);
  CHECK(io::Json::parse(observe::embedded_json({{"x", "cut \xF0\x9F"}})).at("x") == "cut \uFFFD");
}

TEST_CASE("a few pairs are whole; thousands of long ones are cut, and an even share is left, within the page's size") {
  ReportData data;
  data.pairs.assign(3, long_pair(0, 20'000));
  auto few = io::Json::parse(data_of(observe::report_html(data, {}))).at("pairs");
  CHECK(few.at("all") == 3);
  CHECK(few.at("shown").size() == 3);
  CHECK(few.at("shown")[0].at("chosen").at("text") == std::string(20'000, '<'));

  data.pairs.clear();
  for (std::size_t i = 0; i < 4000; ++i) {
    data.pairs.push_back(long_pair(i, 2000));
  }
  std::string const page = observe::report_html(data, {});
  CHECK(page.size() < observe::report_bytes);
  CHECK(page.size() > observe::report_bytes / 2);
  auto const many = io::Json::parse(data_of(page)).at("pairs");
  auto const& shown = many.at("shown");
  CHECK(many.at("all") == 4000);
  CHECK(many.at("cut_at") == 300);
  CHECK_THAT(shown[0].at("chosen").at("text").get<std::string>(), ContainsSubstring("[1700 more bytes]"));
  CHECK(shown[0].at("prompt") == "prompt 0");
  std::string const last = shown[shown.size() - 1].at("prompt");
  CHECK(std::stoi(last.substr(7)) > 3900); // not only the first ones
}

TEST_CASE("a text is never cut inside a character") {
  std::string text;
  for (int i = 0; i < 200; ++i) {
    text += "\u20ac"; // three bytes
  }
  ReportData data;
  for (std::string before : {"", "x", "xx"}) {
    data.pairs.assign(20, {1, {before + text, {}}, {}, {}});
    auto const json = observe::report_json(data, {}, 12'000);
    std::string const embedded = observe::embedded_json(json);
    CHECK(embedded.size() <= 12'000);
    CHECK(embedded.find("\uFFFD") == std::string::npos);
    CHECK_THAT(json.at("pairs").at("shown")[0].at("prompt").get<std::string>(), ContainsSubstring("more bytes]"));
  }
}

TEST_CASE("scores fall into bins over the rubric's scale, or over their own where that is wider") {
  ReportData data;
  data.models.resize(2);
  data.models[1].index = 1;
  data.models[1].summary.judged = PairsSelected{};
  data.models[1].summary.judged->scores = {0, 0.2f, 0.3f, 5, 4.8f, 2.5f};
  auto histogram = io::Json::parse(data_of(observe::report_html(data, {}))).at("histograms");
  CHECK(histogram.at("low") == 0.0);
  CHECK(histogram.at("high") == 5.0);
  REQUIRE(histogram.at("models").size() == 1);
  CHECK(histogram.at("models")[0].at("counts") == std::vector<int>{2, 1, 0, 0, 0, 1, 0, 0, 0, 0, 2});
  data.models[1].summary.judged->scores = {-15, 5, -5};
  histogram = io::Json::parse(data_of(observe::report_html(data, {}))).at("histograms");
  CHECK(histogram.at("low") == -15.0);
  CHECK(histogram.at("models")[0].at("counts") == std::vector<int>{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1});
}

TEST_CASE("few steps are points as they are, many are means with an interval") {
  ReportData data;
  StepTaken step;
  step.t = 1;
  for (step.step = 0, step.steps = 5000; step.step < step.steps; ++step.step) {
    step.loss = step.step % 2 == 0 ? 1 : 0;
    data.steps.push_back(step);
  }
  auto stage = io::Json::parse(data_of(observe::report_html(data, {}))).at("stages")[0];
  CHECK(stage.at("at").size() <= 600);
  auto const& point = stage.at("loss")[3];
  REQUIRE(point.size() == 3);
  CHECK(point[1] < point[0]);
  CHECK(point[0] < point[2]);
  data.steps.resize(10);
  stage = io::Json::parse(data_of(observe::report_html(data, {}))).at("stages")[0];
  CHECK(stage.at("at").size() == 10);
  CHECK(stage.at("loss")[2] == std::vector<double>{1});
}

TEST_CASE("results are means over seeds, with an interval from two seeds on") {
  auto const path = fresh_folder("results");
  std::string const file = (path / "results.jsonl").string();
  append(file, R"({"seed":0,"arm":"a","model":"M1","measure":"q","value":1}
{"seed":1,"arm":"a","model":"M1","measure":"q","value":3}
{"seed":0,"arm":"b","model":1,"measure":"q","value":7}
{"seed":0,"arm":"c","model":1,"measure":"q","value":null}
)");
  ReportData const data = observe::read_report(path, file); // no journal is needed
  REQUIRE(data.results.size() == 3);
  CHECK(data.results[0].mean == 2);
  CHECK(data.results[0].seeds == 2);
  REQUIRE(data.results[0].interval);
  CHECK(data.results[0].interval->high ==
        Catch::Approx(2 + 12.7062).epsilon(1e-4)); // t of one degree, sd / sqrt(2) = 1
  CHECK(data.results[1].model == "1");
  CHECK_FALSE(data.results[1].interval);
  CHECK(data.results[2].seeds == 0);
  append(file, R"({"seed":1,"arm":"a","model":"M1","measure":"q","value":3})");
  CHECK_THROWS_WITH(observe::read_results(file), ContainsSubstring("results.jsonl:5") && ContainsSubstring("second"));
}

TEST_CASE("comparisons are what compare and rate wrote, and need no journal") {
  auto const path = fresh_folder("comparisons");
  std::string const file = (path / "c.jsonl").string();
  append(file, R"({"a":"A","b":"B","prompts":4,"win":{"value":0.5,"low":0.25,"high":0.75},"tie":null,"win_rate":null}
{"baseline":"A","models":[{"model":"B","games":4,"rating":{"value":20,"low":-5,"high":45},"win_rate":{"value":0.6,"low":0.4,"high":0.8}}]}
)");
  ReportData const data = observe::read_report(path, {}, file);
  REQUIRE(data.comparisons.compared.size() == 1);
  CHECK(data.comparisons.compared[0].b == "B");
  CHECK(data.comparisons.compared[0].prompts == 4);
  REQUIRE(data.comparisons.compared[0].win);
  CHECK(data.comparisons.compared[0].win->low == 0.25);
  CHECK_FALSE(data.comparisons.compared[0].win_rate);
  REQUIRE(data.comparisons.rated.size() == 1);
  auto const& side = data.comparisons.rated[0].sides.at(0);
  CHECK(side.rating->high == 45);
  CHECK(side.win_rate->value == 0.6);
  CHECK_FALSE(side.length_controlled);
  for (char const* bad :
       {R"({"a":"A","prompts":4})", R"({"a":"A","b":"B","prompts":-1})",
        R"({"a":"A","b":"B","prompts":1,"win":{"value":1}})", R"({"baseline":"A","models":[{"model":"B"}]})"}) {
    INFO(bad);
    auto const other = fresh_folder("bad") / "c.jsonl";
    append(other, "\n" + std::string(bad) + "\n");
    CHECK_THROWS_WITH(observe::read_comparisons(other.string()), ContainsSubstring("c.jsonl:2"));
  }
}

TEST_CASE("the page asks no other place for anything and holds no markup made from data") {
  std::string const page = observe::report_html({}, {});
  for (char const* word : {"https://", "src=", "@import", "url(", "innerHTML", "eval("}) {
    INFO(word);
    CHECK(page.find(word) == std::string::npos);
  }
  CHECK(page.find("http://") == page.rfind("http://")); // the name of SVG, which is no request
  CHECK_THAT(page, ContainsSubstring("http://www.w3.org/2000/svg") && ContainsSubstring("default-src 'none'"));
}
