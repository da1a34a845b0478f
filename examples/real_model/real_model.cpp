/// A real model learns from three judges: itself, a program that checks verifiable instructions, and chance.
/// docs/real_model.md holds the results, run.sh the command.
#include "settings.hpp"
#include <CLI/CLI.hpp>
#include <cstdio>

int main(int argc, char** argv) {
  real_model::Settings s;
  CLI::App app("SmolLM2 learns from three judges: itself, verifiable instructions, and chance");
  app.add_option("--model", s.model, "M0: a GGUF file or a Hugging Face folder")->required();
  app.add_option("--instructions", s.instructions, "IFEval's rows")->required();
  app.add_option("--seeds", s.seeds, "instructions with ranked answers, for M1")->required();
  app.add_option("--ranked", s.ranked, "other instructions with ranked answers, to measure the judge")->required();
  app.add_option("--out", s.out, "folder of the run; the same command again goes on where it stopped")->required();
  app.add_option("--arms", s.arms, "self, function, random")
      ->delimiter(',')
      ->check(CLI::IsMember({"self", "function", "random"}));
  auto const add = [&](char const* name, auto& value, char const* what) {
    app.add_option(name, value, what)->capture_default_str();
  };
  add("--turns", s.turns, "of the loop");
  add("--prompts", s.prompts, "new ones a turn");
  add("--held-out", s.held_out, "at most so many prompts are measured; 0: all that are left");
  add("--eft-seeds", s.eft_seeds, "seeds from which judgements to learn are made");
  add("--judged", s.judged, "prompts with ranked replies that are judged");
  add("--other", s.other, "answers of people on which the loss is measured");
  add("--sampled", s.sampled, "held-out prompts for the divergence from M0");
  add("--max-new-tokens", s.max_new_tokens, "of an answer");
  add("--judge-tokens", s.judge_tokens, "of a verdict's reasons");
  add("--votes", s.votes, "verdicts an answer");
  add("--dpo-epochs", s.epochs, "of preference training");
  add("--dpo-rate", s.dpo_rate, "first learning rate of preference training");
  add("--dpo-final-rate", s.dpo_final_rate, "its last");
  add("--seed", s.seed, "of all randomness");
  add("--threads", s.threads, "0: all");
  bool measure_only = false;
  app.add_flag("--measure-only", measure_only, "measure the models that are there, make none");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!measure_only) {
      real_model::make_models(s);
    }
    real_model::measure_models(s);
  } catch (std::exception const& problem) {
    std::fprintf(stderr, "real_model: %s\n", problem.what());
    return 1;
  }
  return 0;
}
