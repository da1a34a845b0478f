/// run: the whole loop.
#include "command.hpp"
#include "option_values.hpp"
#include "run_pipeline.hpp"

namespace srlm::cli {

Action add_run(CLI::App& app) {
  auto const o = std::make_shared<RunOptions>();
  auto const common = std::make_shared<Common>();
  common->add(app);
  auto const count = CLI::Range(std::size_t{1}, std::size_t{1} << 30);
  auto const rate = CLI::Range(0.0, 10.0);
  auto const tokens = CLI::Range(1, 1 << 20);
  auto const add = [&](char const* name, auto& value, char const* what, auto const& check) {
    app.add_option(name, value, what)->check(check)->capture_default_str();
  };
  app.add_option("--seeds", o->seeds,
                 "instructions with ranked answers (examples/data/README.md), an Open Assistant export, or another "
                 "format that gives "
                 "seeds (docs/data.md)")
      ->required();
  o->data.add(app);
  app.add_option("--out", o->out, "folder of the run; the same command again goes on where it stopped")->required();
  app.add_option("--prompts-file", o->prompts_file,
                 "take the prompts of the turns from {\"prompt\"} lines, in order; "
                 "without it the model writes them");
  add("--iterations", o->iterations, "turns of the loop", CLI::Range(1, 1000));
  add("--prompts", o->prompts, "new prompts a turn", count);
  add("--candidates", o->candidates, "answers a prompt", CLI::Range(2, 4096));
  add("--votes", o->votes, "verdicts an answer", CLI::Range(1, 1024));
  add("--judgement-votes", o->judgement_votes, "verdicts a seed answer when EFT is built", CLI::Range(1, 1024));
  add("--max-new-tokens", o->max_new_tokens, "length limit of an answer", tokens);
  add("--judge-max-new-tokens", o->judge_max_new_tokens, "length limit of a verdict", tokens);
  add("--score-tokens", o->score_tokens,
      "a verdict without a score line is led to it, for so many tokens; 0: it stays without", CLI::Range(0, 64));
  add("--temperature", o->temperature, "of answers and verdicts", CLI::Range(0.0, 100.0));
  add("--top-p", o->top_p, "of answers and verdicts", CLI::Range(1e-6, 1.0));
  add("--sft-epochs", o->sft_epochs, "supervised fine-tuning", count);
  add("--sft-batch", o->sft_batch, "examples a step", count);
  add("--sft-rate", o->sft_rate, "first learning rate", rate);
  add("--sft-final-rate", o->sft_final_rate, "last learning rate", rate);
  add("--dpo-epochs", o->dpo_epochs, "preference training", count);
  add("--dpo-batch", o->dpo_batch, "pairs a step", count);
  add("--dpo-rate", o->dpo_rate, "first learning rate", rate);
  add("--dpo-final-rate", o->dpo_final_rate, "last learning rate", rate);
  o->judge.add(app);
  o->pairs.add(app);
  o->loss.add_choice(app);
  o->loss.add_parameters(app);
  app.add_flag("--average-consistency", o->average_consistency, "cream: every pair has the mean consistency of all");
  add("--reference", o->reference,
      "of the loss: start (M_t, in each turn), sft (M1, in all turns) or base (M0, the adapters switched off)",
      CLI::IsMember({"start", "sft", "base"}));
  add("--refresh-reference-every", o->refresh_reference_every,
      "the policy becomes the reference again after so many steps; 0: never",
      CLI::Range(std::size_t{0}, std::size_t{1} << 30));
  add("--replay-weight", o->replay_weight,
      "weight of the likelihood of seed rows (IFT and EFT) that each preference step learns again; 0: none",
      CLI::Range(0.0, 1e6));
  add("--replay-rows", o->replay_rows, "seed rows a step", count);
  add("--held-out-every", o->held_out_every,
      "measure the answers to held-out prompts after so many preference steps, and keep the best policy of a turn; 0: "
      "never (the paper: 200)",
      CLI::Range(std::size_t{0}, std::size_t{1} << 30));
  add("--patience", o->patience, "measurements without a new best that end a turn's training", count);
  add("--divergence-prompts", o->divergence_prompts,
      "measure KL to M0 on each model's answers to so many prompts, with one more model in memory for the while; 0: do "
      "not",
      CLI::Range(std::size_t{0}, std::size_t{1} << 20));
  add("--micro-batch", o->micro_batch, "examples in memory at once", count);
  add("--weight-decay", o->weight_decay, "of AdamW", rate);
  add("--clip", o->clip, "largest gradient norm; 0: none", CLI::Range(0.0, 1e9));
  add("--checkpoint-every", o->checkpoint_every, "training steps between checkpoints", count);
  o->lora.add_lora_options(app);
  o->warnings.add(app);
  o->memory.add_memory_option(app);
  add("--dtype", o->dtype, "of the saved models", CLI::IsMember({"f32", "f16", "bf16"}));
  return [o, common, &app] {
    o->judge.check();
    o->lora.check();
    (void)o->warnings.kinds();
    if (o->reference != "start" && o->refresh_reference_every > 0) {
      throw CLI::ValidationError("--refresh-reference-every", "goes with --reference start alone");
    }
    if (o->reference == "sft" && o->dtype != "f32") {
      throw CLI::ValidationError("--reference", "sft goes with --dtype f32");
    }
    if (o->reference == "base" && o->lora.rank == 0) {
      throw CLI::ValidationError("--reference", "base needs --lora-rank");
    }
    o->model = common->model;
    o->seed = common->seed;
    o->backend = common->backend;
    o->threads = common->threads;
    o->progress = common->progress;
    return RunPipeline(*o, options_of(app)).run();
  };
}

} // namespace srlm::cli
