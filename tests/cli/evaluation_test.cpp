/// evaluate-judge and compare: measures of a judge against a known order, and two sides head to head.
#include "cli/program.hpp"

using namespace srlm_cli;

namespace {

std::string const ranked =
    "{\"prompt\":\"What do bees make?\",\"responses\":[\"Stones.\",\"Bees make honey.\"],\"ranks\":[1,0]}\n"
    "{\"prompt\":\"Name a warm colour.\",\"responses\":[\"Red is a warm "
    "colour.\",\"Blue.\",\"Hm.\"],\"ranks\":[0,1,1]}\n";

std::string answers(std::string const& name, std::string const& bees, std::string const& colour) {
  Json const first{{"prompt", "What do bees make?"}, {"response", bees}};
  Json const second{{"prompt", "Name a warm colour."}, {"response", colour}};
  return write(name, first.dump() + "\n" + second.dump() + "\n").string();
}

void ends_with(int code, std::string const& arguments, std::string const& message) {
  Result const result = srlm_command(arguments);
  INFO(arguments << "\n" << result.error);
  CHECK(result.code == code);
  CHECK_THAT(result.error, ContainsSubstring(message));
}

} // namespace

TEST_CASE("evaluate-judge measures the verdicts that judge gives") {
  if (!available()) {
    return;
  }
  std::string const in = write("ranked.jsonl", ranked).string();
  std::string const options = " --votes 3 --seed 5 --score-tokens 4 --in " + in;
  Result const result = srlm_command("evaluate-judge " + judging_model() + options + " --resamples 200");
  INFO(result.error);
  REQUIRE(result.code == 0);
  auto const lines = result.lines();
  REQUIRE(lines.size() == 1);
  Json const& measured = lines[0];
  CHECK(measured.at("prompts") == 2);
  CHECK(measured.at("responses") == 5);
  CHECK(measured.at("verdicts") == 15);

  // The same by hand, from the verdicts of `judge`.
  auto const judged = srlm_command("judge " + judging_model() + options).lines();
  REQUIRE(judged.size() == 2);
  double right = 0, ordered = 0, ties = 0, usable = 0, responses = 0, equal = 0, vote_pairs = 0;
  std::vector<std::vector<int>> const ranks{{1, 0}, {0, 1, 1}};
  for (std::size_t g = 0; g < 2; ++g) {
    Json const& scores = judged[g].at("scores");
    for (std::size_t i = 0; i < scores.size(); ++i) {
      responses += 1;
      usable += scores[i].is_null() ? 0 : 1;
      for (std::size_t j = 0; j < i; ++j) {
        if (ranks[g][i] != ranks[g][j] && !scores[i].is_null() && !scores[j].is_null()) {
          double const a = scores[i].get<double>(), b = scores[j].get<double>();
          ordered += 1;
          ties += a == b ? 1 : 0;
          right += (a > b) == (ranks[g][i] < ranks[g][j]) && a != b ? 1 : 0;
        }
      }
      Json const& votes = judged[g].at("verdicts")[i];
      for (std::size_t v = 0; v < votes.size(); ++v) {
        for (std::size_t w = 0; w < v; ++w) {
          bool const both = !votes[v].at("score").is_null() && !votes[w].at("score").is_null();
          vote_pairs += both ? 1 : 0;
          equal += both && votes[v].at("score") == votes[w].at("score") ? 1 : 0;
        }
      }
    }
  }
  REQUIRE(ordered > 0); // the model has learned to judge
  CHECK(measured.at("usable").at("value").get<double>() == Catch::Approx(usable / responses));
  CHECK(measured.at("accuracy_ties_wrong").at("value").get<double>() == Catch::Approx(right / ordered));
  CHECK(measured.at("accuracy_ties_wrong").at("of") == ordered);
  CHECK(measured.at("accuracy_ties_half").at("value").get<double>() == Catch::Approx((right + ties / 2) / ordered));
  CHECK(measured.at("equal_votes").at("value").get<double>() == Catch::Approx(equal / vote_pairs));
  std::size_t counted = 0;
  for (auto const& [score, count] : measured.at("scores").items()) {
    counted += count.get<std::size_t>();
  }
  CHECK(counted == 5);
  CHECK(measured.at("scores").at("none") == responses - usable);
  CHECK(measured.at("accuracy_ties_wrong").at("low") <= measured.at("accuracy_ties_wrong").at("value"));

  CHECK(srlm_command("evaluate-judge " + judging_model() + options + " --resamples 200 --threads 1").out == result.out);
}

TEST_CASE("evaluate-judge takes seeds, a split of them, and a judge that compares") {
  if (!available()) {
    return;
  }
  std::string const in = write("seeds.jsonl", seeds).string();
  Result const result = srlm_command("evaluate-judge " + judging_model() + " --in " + in +
                                     " --split held_out --judge pairwise --votes 2");
  INFO(result.error);
  REQUIRE(result.code == 0);
  Json const measured = result.lines().at(0);
  CHECK(measured.at("prompts") == 1);
  CHECK(measured.at("responses") == 2);
  CHECK(measured.at("verdicts") == 4);
  CHECK(measured.contains("order_flips"));
  CHECK_FALSE(measured.contains("equal_votes"));
}

TEST_CASE("evaluate-judge refuses what it cannot measure") {
  if (!available()) {
    return;
  }
  std::string const in = " --in " + write("ranked.jsonl", ranked).string();
  std::string const command = "evaluate-judge " + model();
  ends_with(1, command + " --in " + write("none.jsonl", "").string(), "no seeds");
  ends_with(1, command + in + " --split held_out", "no prompt of the split held_out");
  ends_with(1,
            command + " --in " +
                write("short.jsonl", "{\"prompt\":\"Hi\",\"responses\":[\"a\",\"b\"],\"ranks\":[0]}\n").string(),
            "short.jsonl:1: got 2 responses and 1 ranks");
  ends_with(1,
            command + " --in " +
                write("rank.jsonl", "{\"prompt\":\"Hi\",\"responses\":[\"a\",\"b\"],\"ranks\":[0,\"x\"]}\n").string(),
            "rank.jsonl:1: answer 2");
  ends_with(2, command + in + " --judge nobody", "--judge");
  ends_with(2, command + in + " --level 1", "--level");
  ends_with(2, command + in + " --split test", "--split");
}

TEST_CASE("compare asks in both orders, and the same seed gives the same bytes") {
  if (!available()) {
    return;
  }
  std::string const a = answers("a.jsonl", "Bees make honey.", "Red is a warm colour.");
  std::string const b = answers("b.jsonl", "Stones.", "Ça n'est rien, vraiment rien du tout.");
  std::string const rows = (folder() / "matches.jsonl").string();
  std::string const command =
      "compare " + a + " " + b + " --judge-model " + judging_model() + " --judge-max-new-tokens 48";
  Result const result = srlm_command(command + " --votes 2 --matches " + rows);
  INFO(result.error);
  REQUIRE(result.code == 0);
  Json const summary = result.lines().at(0);
  auto const lines = json_lines(text_of(rows));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at("a") == "Bees make honey.");
  CHECK(lines[0].at("verdicts").size() == 2);    // the first shown first, the second shown first
  CHECK(lines[0].at("verdicts")[0].size() == 2); // votes
  CHECK(summary.at("prompts") == 2);
  CHECK(summary.at("mean_length").at("b").get<double>() == Catch::Approx((7 + 37) / 2.0)); // characters, not bytes
  CHECK(summary.contains("length_controlled_win_rate"));
  CHECK(srlm_command(command + " --votes 2 --threads 1").out == result.out);

  // A judge of single answers: the higher score wins.
  Result const single = srlm_command(command + " --judge expected_score --matches " + rows);
  INFO(single.error);
  REQUIRE(single.code == 0);
  double points = 0;
  for (Json const& line : json_lines(text_of(rows))) {
    double const first = line.at("verdicts")[0][0].at("score").get<double>();
    double const second = line.at("verdicts")[1][0].at("score").get<double>();
    CHECK(line.at("points").get<double>() == (first > second + 1e-6 ? 1 : second > first + 1e-6 ? 0 : 0.5));
    points += line.at("points").get<double>();
  }
  CHECK(single.lines().at(0).at("win_rate").at("value").get<double>() == Catch::Approx(points / 2));
}

TEST_CASE("compare lets models answer: one against its own answers by the likelihood of each is a tie throughout") {
  if (!available()) {
    return;
  }
  std::string const in = prompts_file();
  std::string const greedy = " --temperature 0 --max-new-tokens 8 --judge expected_score --judge-model " + model();
  Result const same = srlm_command("compare " + model() + " " + model() + " --in " + in + greedy);
  INFO(same.error);
  REQUIRE(same.code == 0);
  Json const summary = same.lines().at(0);
  CHECK(summary.at("prompts") == 4);
  CHECK(summary.at("tie").at("value") == 1);
  CHECK(summary.at("win_rate").at("value") == 0.5);
  CHECK(summary.at("length_controlled_win_rate").at("value").get<double>() == Catch::Approx(0.5).margin(1e-6));
  CHECK(summary.at("matched_length").at("prompts") == 4);
}

TEST_CASE("compare refuses sides that do not fit together, and says what is missing") {
  if (!available()) {
    return;
  }
  std::string const a = answers("a.jsonl", "x", "y");
  std::string const one = write("one_answer.jsonl", "{\"prompt\":\"What do bees make?\",\"response\":\"\"}\n").string();
  std::string const other = answers("other.jsonl", "x", "y");
  std::string const judged = " --judge-model " + model();
  ends_with(2, "compare " + a + " " + other, "--judge-model");
  ends_with(2, "compare " + model() + " " + model() + judged, "--in");
  ends_with(1, "compare " + a + " " + one + judged, "got 2 and 1 prompts");
  ends_with(1, "compare " + a + " " + one + judged + " --in " + prompts_file(), "no answer to");
  ends_with(1, "compare " + a + " " + (folder() / "absent.jsonl").string() + judged, "absent.jsonl");
  ends_with(1, "compare " + a + " " + write("twice.jsonl", text_of(one) + text_of(one)).string() + judged,
            "twice.jsonl:2: got the prompt of an earlier line");
  ends_with(1, "compare " + a + " " + write("bad.jsonl", "{\"prompt\":\"x\"}\n").string() + judged, "bad.jsonl:1");
  ends_with(1, "compare " + a + " " + other + judged + " --out " + (folder() / "missing/file").string(), "missing");
}
