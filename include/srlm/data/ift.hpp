/// IFT, the instruction fine-tuning data (section 2.1): each instruction with its best human answer.
#pragma once
#include <srlm/concepts/tokenizer.hpp>
#include <srlm/data/seed_examples.hpp>
#include <srlm/data/supervised_example.hpp>
#include <algorithm> // min_element
#include <span>
#include <vector>

namespace srlm {

/// The seeds of the train split, in order, each with its answer of the lowest rank (the first of equals). Seeds without
/// an answer are left out.
template <Tokenizer T>
std::vector<SupervisedExample> instruction_tuning_examples(T const& tokenizer, std::span<SeedExample const> seeds) {
  std::vector<SupervisedExample> examples;
  for (SeedExample const& seed : seeds) {
    if (seed.held_out || seed.answers.empty()) {
      continue;
    }
    auto const best = std::min_element(seed.answers.begin(), seed.answers.end(),
                                       [](RankedAnswer const& a, RankedAnswer const& b) { return a.rank < b.rank; });
    examples.push_back(
        {{seed.prompt, tokenizer.encode_prompt(seed.prompt)}, {best->text, tokenizer.encode_response(best->text)}});
  }
  return examples;
}

} // namespace srlm
