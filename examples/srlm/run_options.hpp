/// What `srlm run` can be told, with the paper's values where the paper gives them.
#pragma once
#include "adapter_options.hpp"
#include "any_judge.hpp"
#include "any_loss.hpp"
#include "any_selector.hpp"
#include "data_input.hpp"
#include "memory.hpp"
#include "warning_options.hpp"
#include <srlm/core/sequence.hpp>
#include <cstdint>
#include <string>

namespace srlm::cli {

struct RunOptions {
  DataChoice data; ///< of the seeds
  std::string model, seeds, out;
  std::string prompts_file; ///< empty: the model writes the prompts itself
  int iterations = 2;
  std::size_t prompts = 64, candidates = 4;
  int votes = 3, judgement_votes = 1;
  int max_new_tokens = 256, judge_max_new_tokens = 128, score_tokens = 4;
  double temperature = 0.7, top_p = 0.9;
  std::size_t sft_epochs = 3, sft_batch = 16, dpo_epochs = 1, dpo_batch = 16, micro_batch = 4, checkpoint_every = 50;
  double sft_rate = 5.5e-6, sft_final_rate = 1.1e-6, dpo_rate = 1e-6, dpo_final_rate = 1e-7;
  double weight_decay = 0, clip = 1;
  LossOptions loss;
  SelectorOptions pairs;
  JudgeChoice judge;
  LoraChoice lora;
  WarningChoice warnings;
  MemoryChoice memory;
  std::string reference = "start";
  std::size_t refresh_reference_every = 0, replay_rows = 16, held_out_every = 0, patience = 2, divergence_prompts = 8;
  double replay_weight = 0;
  bool average_consistency = false;
  std::string dtype = "f32";
  std::string backend = "eigen";
  std::uint64_t seed = 0;
  int threads = 0;
  bool progress = false;
};

} // namespace srlm::cli
