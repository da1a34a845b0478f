/// evaluate-judge, compare, rate and choose: measures of a judge against a known order, sides against each other, and
/// choices that are given.
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

namespace {

/// A line as compare --matches writes it, without what rate does not read.
std::string match_line(std::string const& a, std::string const& b, int prompt, Json const& points,
                       std::size_t length_a = 3, std::size_t length_b = 3) {
  return Json{{"sides", {a, b}},
              {"prompt", "prompt " + std::to_string(prompt)},
              {"a", std::string(length_a, 'x')},
              {"b", std::string(length_b, 'x')},
              {"points", points}}
             .dump() +
         "\n";
}

} // namespace

TEST_CASE("rate orders sides by their recorded matches, whichever file and whichever place they stand in") {
  if (!available()) {
    return;
  }
  std::string one, two; // m wins against base 10 of 11 times; n loses as often
  for (int x = 0; x < 11; ++x) {
    one += match_line("base", "m", x, x == 0 ? 1 : 0);
    two += match_line("n", "base", x, x == 0 ? 1 : 0, 5, 3);
  }
  two += match_line("n", "m", 0, nullptr);
  std::string const from =
      " --from " + write("one.jsonl", one).string() + " --from " + write("two.jsonl", two).string();
  std::string const difficulties = (folder() / "difficulties.jsonl").string();
  Result const result = srlm_command("rate" + from + " --resamples 50 --difficulties " + difficulties);
  INFO(result.error);
  REQUIRE(result.code == 0);
  Json const rated = result.lines().at(0);
  CHECK(rated.at("games") == 22);
  CHECK(rated.at("unusable") == 1);
  CHECK(rated.at("prompts") == 11);
  CHECK(rated.at("baseline") == "base");
  Json const& models = rated.at("models");
  REQUIRE(models.size() == 3);
  CHECK(models[0].at("model") == "m");
  CHECK(models[1].at("model") == "base");
  CHECK(models[2].at("model") == "n");
  auto const rating = [&](std::size_t i) { return models[i].at("rating").at("value").get<double>(); };
  CHECK(rating(0) - rating(1) == Catch::Approx(400).epsilon(1e-3)); // odds of ten to one
  CHECK(rating(1) - rating(2) == Catch::Approx(400).epsilon(1e-3));
  CHECK(models[0].at("win_rate").at("value").get<double>() == Catch::Approx(10.0 / 11));
  CHECK(models[2].at("win_rate").at("value").get<double>() == Catch::Approx(1.0 / 11));
  CHECK(models[2].at("length_controlled_win_rate").at("value").get<double>() == Catch::Approx(1.0 / 11).margin(1e-3));
  CHECK_FALSE(models[1].contains("win_rate"));
  CHECK(models[2].at("mean_length").get<double>() == Catch::Approx((11 * 5 + 3) / 12.0));
  CHECK(models[1].at("games") == 22);
  CHECK(models[1].at("points") == 0.5);
  auto const lines = json_lines(text_of(difficulties));
  REQUIRE(lines.size() == 11);
  CHECK(lines[10].at("prompt") == "prompt 10");

  Json const other = srlm_command("rate" + from + " --resamples 50 --baseline n").lines().at(0);
  CHECK(other.at("models")[1].at("win_rate").at("value").get<double>() == Catch::Approx(10.0 / 11));
  CHECK(other.at("models")[0].at("win_rate").is_null()); // their one match was unusable
}

TEST_CASE("rate lets every side meet every other, and takes what compare recorded") {
  if (!available()) {
    return;
  }
  std::string const a = answers("a.jsonl", "Bees make honey.", "Red is a warm colour.");
  std::string const b = answers("b.jsonl", "Stones.", "Hm.");
  std::string const c = answers("c.jsonl", "Honey.", "Red.");
  std::string const rows = (folder() / "rated.jsonl").string(), compared = (folder() / "compared.jsonl").string();
  std::string const judged = " --judge expected_score --resamples 20 --judge-model " + judging_model();
  Result const result = srlm_command("rate " + a + " " + b + " " + c + judged + " --matches " + rows);
  INFO(result.error);
  REQUIRE(result.code == 0);
  Json const rated = result.lines().at(0);
  CHECK(rated.at("games") == 6); // three pairings on two prompts
  CHECK(rated.at("baseline") == a);
  CHECK(srlm_command("rate " + a + " " + b + " " + c + judged + " --threads 1").out == result.out);
  CHECK(srlm_command("rate --resamples 20 --from " + rows).out == result.out);

  REQUIRE(srlm_command("compare " + a + " " + b + judged + " --matches " + compared).code == 0);
  Json const pair = srlm_command("rate --resamples 20 --from " + compared).lines().at(0);
  CHECK(pair.at("games") == 2);
  CHECK(pair.at("models").size() == 2);

  std::string const known = write("known.jsonl",
                                  "{\"prompt\":\"What do bees make?\",\"difficulty\":1}\n"
                                  "{\"prompt\":\"Name a warm colour.\",\"difficulty\":-1}\n")
                                .string();
  CHECK(srlm_command("compare " + a + " " + b + judged + " --difficulties " + known).code == 0);
  ends_with(1, "compare " + a + " " + b + judged + " --difficulties " + write("few.jsonl", "").string(),
            "no difficulty of");
}

TEST_CASE("rate refuses what it cannot rate, and names the line") {
  if (!available()) {
    return;
  }
  auto const from = [](std::string const& text) { return "rate --from " + write("matches.jsonl", text).string(); };
  std::string const good = match_line("a", "b", 0, 1);
  ends_with(2, "rate", "SIDES");
  ends_with(2, "rate " + answers("a.jsonl", "x", "y"), "--judge-model");
  ends_with(2, "rate " + answers("a.jsonl", "x", "y") + " --judge-model " + model(), "two at least");
  ends_with(1, from(""), "no matches");
  ends_with(1, from(good + good), "matches.jsonl:2: got a match of an earlier line");
  ends_with(1, from(good + match_line("b", "a", 0, 1)), "matches.jsonl:2: got a match of an earlier line");
  ends_with(1, from(match_line("a", "a", 0, 1)), "matches.jsonl:1: sides");
  ends_with(1, from(match_line("a", "b", 0, 1.5)), "matches.jsonl:1: points");
  ends_with(1, from("{\"prompt\":\"x\"}\n"), "matches.jsonl:1");
  ends_with(1, from(good + match_line("c", "d", 0, 1)), "no chain of games");
  ends_with(1, from(good) + " --baseline nobody", "--baseline");
}

TEST_CASE("choose gives the shares of right choices, and the log-probabilities that score gives") {
  if (!available()) {
    return;
  }
  std::string const in =
      write(
          "choices.jsonl",
          "{\"prompt\":\"Name a warm colour.\",\"choices\":[\"Red is a warm colour.\",\"Stones.\"],\"answer\":0}\n"
          "{\"question\":\"What do bees make?\",\"choices\":[\"Stones.\",\"Bees make honey.\",\"Hm.\"],\"answer\":1}\n")
          .string();
  std::string const rows = (folder() / "chosen.jsonl").string();
  Result const result = srlm_command("choose " + judging_model() + " --in " + in + " --rows " + rows);
  INFO(result.error);
  REQUIRE(result.code == 0);
  Json const measured = result.lines().at(0);
  auto const lines = json_lines(text_of(rows));
  REQUIRE(lines.size() == 2);
  CHECK(measured.at("rows") == 2);
  double by_sum = 0, by_byte_mean = 0;
  for (Json const& line : lines) { // by hand
    auto const log_probs = line.at("log_probs").get<std::vector<double>>(),
               bytes = line.at("bytes").get<std::vector<double>>();
    auto const answer = line.at("answer").get<std::size_t>();
    bool most = true, most_a_byte = true;
    for (std::size_t i = 0; i < log_probs.size(); ++i) {
      most = most && log_probs[answer] >= log_probs[i];
      most_a_byte = most_a_byte && log_probs[answer] / bytes[answer] >= log_probs[i] / bytes[i];
    }
    by_sum += most ? 0.5 : 0;
    by_byte_mean += most_a_byte ? 0.5 : 0;
  }
  CHECK(measured.at("by_sum").at("value") == by_sum);
  CHECK(measured.at("by_byte_mean").at("value") == by_byte_mean);
  CHECK(measured.at("by_token_mean").at("low") <= measured.at("by_token_mean").at("value"));
  CHECK(measured.at("by_sum").at("low") < measured.at("by_sum").at("high"));
  auto const scored =
      srlm_command("score " + judging_model() + " --in " +
                   write("one.jsonl", "{\"prompt\":\"Name a warm colour.\",\"response\":\"Stones.\"}\n").string())
          .lines();
  CHECK(lines[0].at("log_probs")[1].get<double>() == Catch::Approx(scored.at(0).at("log_prob").get<double>()));
  CHECK(lines[0].at("tokens")[1] == scored.at(0).at("tokens"));
  CHECK(srlm_command("choose " + judging_model() + " --in " + in + " --threads 1").out == result.out);
}

TEST_CASE("choose names the line that it cannot measure") {
  if (!available()) {
    return;
  }
  auto const fails = [](std::string const& row, std::string const& message) {
    ends_with(1, "choose " + model() + " --in " + write("rows.jsonl", row).string(), message);
  };
  std::string const good = "{\"prompt\":\"q\",\"choices\":[\"a\",\"b\"],\"answer\":0}\n";
  fails("", "no rows");
  fails(good + "{\"choices\":[\"a\",\"b\"],\"answer\":0}\n", "rows.jsonl:2: the field \"prompt\" is missing");
  fails(good + "{\"prompt\":\"q\",\"choices\":[\"a\",\"b\"],\"answer\":2}\n", "rows.jsonl:2: answer");
  fails(good + "{\"prompt\":\"q\",\"choices\":[\"a\"],\"answer\":0}\n", "rows.jsonl:2: choices");
  fails(good + Json{{"prompt", std::string(100'000, 'x')}, {"choices", {"a", "b"}}, {"answer", 0}}.dump() + "\n",
        "rows.jsonl:2: got prompt and choice");
}
