/// What the experiment can be told. The defaults are the run of docs/real_model.md.
#pragma once
#include <srlm/core/version.hpp>
#include <srlm/io/fingerprint.hpp>
#include <srlm/io/json.hpp>
#include <srlm/judge/llm_judge.hpp>
#include <filesystem>
#include <string>
#include <vector>

namespace real_model {

struct Settings {
  std::string model, instructions, seeds, ranked, out;
  std::vector<std::string> arms = {"function", "self", "random"};
  int turns = 2;
  std::size_t prompts = 128;  ///< new ones in each turn; those that are left are held out
  std::size_t held_out = 200; ///< at most so many of them are measured; 0: all
  std::size_t eft_seeds = 24; ///< seeds from which judgements to learn are made
  std::size_t judged = 32;    ///< prompts with replies that people ranked
  std::size_t other = 32;     ///< answers of people, for the loss on other text
  std::size_t sampled = 32;   ///< held-out prompts answered at temperature 1, for the divergence from M0
  int max_new_tokens = 128;   ///< of an answer
  int judge_tokens = 16;      ///< of a verdict's reasons, before it is led to its score
  int votes = 2;
  std::size_t epochs = 1; ///< of preference training
  /// Those of supervised fine-tuning in examples/quickstart.sh, for both: a turn has some ten steps of preference
  /// training, in which the quickstart's own 5e-6 would hardly move the model.
  double sft_rate = 2e-5, sft_final_rate = 4e-6, dpo_rate = 2e-5, dpo_final_rate = 4e-6;
  std::uint64_t seed = 0;
  int threads = 0;

  std::size_t learned() const { return prompts * static_cast<std::size_t>(turns); }
  std::filesystem::path place(std::string const& name) const { return std::filesystem::path(out) / name; }
  srlm::Seed stream(std::uint64_t part) const { return srlm::Seed{seed}.fork(part); }
  srlm::Sampling sampling() const { return {0.7f, 0.9f, max_new_tokens}; }
  srlm::LlmJudgeOptions judge(int k) const { return {k, {0.7f, 0.9f, judge_tokens}, 4}; }

  /// What every result depends on.
  srlm::io::OrderedJson identity(std::string const& part) const {
    using srlm::io::fingerprint;
    return {{"srlm", srlm::version},
            {"part", part},
            {"model", fingerprint(model)},
            {"instructions", fingerprint(instructions)},
            {"seeds", fingerprint(seeds)},
            {"ranked", fingerprint(ranked)},
            {"turns", turns},
            {"prompts", prompts},
            {"held_out", held_out},
            {"eft_seeds", eft_seeds},
            {"judged", judged},
            {"other", other},
            {"sampled", sampled},
            {"max_new_tokens", max_new_tokens},
            {"judge_tokens", judge_tokens},
            {"votes", votes},
            {"epochs", epochs},
            {"sft_rate", sft_rate},
            {"sft_final_rate", sft_final_rate},
            {"dpo_rate", dpo_rate},
            {"dpo_final_rate", dpo_final_rate},
            {"seed", seed}};
  }
};

/// M0 -> M1, and all arms.
void make_models(Settings const& s);

/// Every model that is there, into items.jsonl and results.jsonl.
void measure_models(Settings const& s);

} // namespace real_model
