/// What `srlm run` can be told, with the paper's values where the paper gives them.
#pragma once
#include <srlm/core/sequence.hpp>
#include <srlm/io/json.hpp>
#include <string>

namespace srlm::cli {

struct RunOptions {
  std::string model, seeds, out;
  std::string prompts_file; ///< empty: the model writes the prompts itself
  int iterations = 2;
  std::size_t prompts = 64, candidates = 4;
  int votes = 3, judgement_votes = 1;
  int max_new_tokens = 256, judge_max_new_tokens = 128, score_tokens = 4;
  double temperature = 0.7, top_p = 0.9;
  std::size_t sft_epochs = 3, sft_batch = 16, dpo_epochs = 1, dpo_batch = 16, micro_batch = 4, checkpoint_every = 50;
  double sft_rate = 5.5e-6, sft_final_rate = 1.1e-6, dpo_rate = 1e-6, dpo_final_rate = 1e-7, beta = 0.1;
  double weight_decay = 0, clip = 1;
  bool drop_unfinished = false;
  std::string dtype = "f32";
  std::uint64_t seed = 0;
  int threads = 0;
  bool progress = false;
};

/// Everything that the results depend on, for the journal and for the record in the output folder.
inline io::OrderedJson describe(RunOptions const& o) {
  return {{"model", o.model},
          {"seeds", o.seeds},
          {"prompts-file", o.prompts_file},
          {"iterations", o.iterations},
          {"prompts", o.prompts},
          {"candidates", o.candidates},
          {"votes", o.votes},
          {"judgement-votes", o.judgement_votes},
          {"max-new-tokens", o.max_new_tokens},
          {"judge-max-new-tokens", o.judge_max_new_tokens},
          {"score-tokens", o.score_tokens},
          {"temperature", o.temperature},
          {"top-p", o.top_p},
          {"sft-epochs", o.sft_epochs},
          {"sft-batch", o.sft_batch},
          {"sft-rate", o.sft_rate},
          {"sft-final-rate", o.sft_final_rate},
          {"dpo-epochs", o.dpo_epochs},
          {"dpo-batch", o.dpo_batch},
          {"dpo-rate", o.dpo_rate},
          {"dpo-final-rate", o.dpo_final_rate},
          {"beta", o.beta},
          {"micro-batch", o.micro_batch},
          {"weight-decay", o.weight_decay},
          {"clip", o.clip},
          {"checkpoint-every", o.checkpoint_every},
          {"drop-unfinished", o.drop_unfinished},
          {"dtype", o.dtype},
          {"seed", o.seed}};
}

} // namespace srlm::cli
