/// The paper in miniature: a world in which the quality of an answer is a fact, and every claim of the paper a number.
///   miniature --seeds 1,2,3,4,5 --arms all --out DIR
#include "experiment.hpp"
#include "tables.hpp"
#include <CLI/CLI.hpp>

int main(int argc, char** argv) {
  using namespace miniature;
  std::vector<std::uint64_t> seeds = {1};
  std::vector<std::string> names = {"self_rewarding"};
  std::string out = "build/miniature", test = "report";
  std::size_t threads = static_cast<std::size_t>(srlm::hardware_threads());
  bool quick = false, check_directions = false;
  std::optional<double> dpo_rate, positive_rate;
  CLI::App app("Self-Rewarding Language Models in a closed world in which truth is a program.", "miniature");
  app.add_option("--seeds", seeds, "seeds to run; a finished arm of a seed is not run again")->delimiter(',');
  app.add_option("--arms", names, "arms to run, or all")->delimiter(',');
  app.add_option("--out", out, "folder for results.jsonl, each.jsonl and tables.md");
  app.add_option("--threads", threads, "arms at once")->check(CLI::PositiveNumber);
  app.add_option("--test", test, "instructions to measure on")->check(CLI::IsMember({"tuning", "report", "last"}));
  app.add_option("--dpo-rate", dpo_rate, "another step size of preference training")->check(CLI::PositiveNumber);
  app.add_option("--positive-rate", positive_rate, "the same of the positive-only arm")->check(CLI::PositiveNumber);
  app.add_flag("--quick", quick, "smaller in everything, for a look at the directions");
  app.add_flag("--check", check_directions, "exit code 1 unless the main directions are as the paper says");
  std::string footer = "Arms:";
  for (Arm const& arm : arms) {
    footer += "\n  " + std::string(arm.name) + ": " + std::string(arm.what);
  }
  app.footer(footer);
  CLI11_PARSE(app, argc, argv);
  try {
    Settings s = quick ? quick_settings() : Settings{};
    s.test = test == "tuning" ? Test::tuning : test == "last" ? Test::last : Test::report;
    s.dpo_rate = dpo_rate.value_or(s.dpo_rate);
    s.positive_rate = positive_rate.value_or(s.positive_rate);
    std::vector<Arm const*> chosen;
    for (std::string const& name : names) {
      if (name != "all") {
        chosen.push_back(&arm_named(name));
        continue;
      }
      for (Arm const& arm : arms) {
        chosen.push_back(&arm);
      }
    }
    Results results(out, describe(s));
    run_experiment(results, seeds, chosen, s, threads);
    Measurements const all = results.read();
    std::string const text = all_tables(all);
    results.write(results.folder() / "tables.md", text);
    std::fputs(text.c_str(), stdout);
    return check_directions && !directions_hold(all) ? 1 : 0;
  } catch (std::exception const& error) {
    std::fprintf(stderr, "miniature: %s\n", error.what());
    return 1;
  }
}
