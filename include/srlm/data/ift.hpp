/// IFT, the instruction fine-tuning data (section 2.1): each instruction with its best human answer.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/data/supervised_example.hpp>
#include <span>
#include <vector>

namespace srlm {

/// The seeds of the train split, in order, each with its best_answer(). Seeds without one are left out: an answer of
/// rank 1 is nothing to imitate (section 3.1.1).
template <Tokenizer T>
std::vector<SupervisedExample> instruction_tuning_examples(T const& tokenizer, std::span<SeedExample const> seeds) {
  std::vector<SupervisedExample> examples;
  for (SeedExample const& seed : seeds) {
    RankedAnswer const* const best = best_answer(seed);
    if (seed.held_out || best == nullptr) {
      continue;
    }
    examples.push_back(
        {{seed.prompt, tokenizer.encode_prompt(seed.prompt)}, {best->text, tokenizer.encode_response(best->text)}});
  }
  return examples;
}

} // namespace srlm
