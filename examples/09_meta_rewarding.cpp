/// Meta-Rewarding (Wu et al. 2024) is the same program with another judge: the model also judges its judgements, and
/// pairs of them are learned beside the pairs of answers.
///   example_09_meta_rewarding [MODEL]     MODEL: a GGUF file or a Hugging Face folder; without it a tiny model
// prints: Self-Rewarding: [1-9][0-9]* pairs of answers, 0 of judgements
// prints: Meta-Rewarding: [1-9][0-9]* pairs of answers, [1-9][0-9]* of judgements
#include "tiny_model.hpp"
#include <srlm/srlm.hpp>
#include <cstdio>

using SelfRewarding = srlm::LlmJudge<srlm::AdditiveRubric>;
using MetaRewarding = srlm::MetaJudge<srlm::AdditiveRubric>; // the one changed type

/// One turn: how many pairs were learned beside those of answers.
template <class Judge>
std::size_t judge_pairs(char const* name, char const* path) {
  srlm::EigenBackend backend;
  auto model = path ? srlm::load_model(backend, path) : tiny::judging_model(backend);
  Judge judge{srlm::AdditiveRubric{}};
  srlm::FixedPrompts prompts{tiny::questions()};
  srlm::AdamWOptions const rates{.schedule = {.rate = 1e-5}};
  srlm::PreferenceTrainer dpo{srlm::DpoLoss{}, srlm::AdamW(backend, rates), {.batch = 1}}; // a pair a step
  std::size_t answers = 0, all = 0;
  srlm::self_rewarding(
      model, prompts, judge, srlm::BestVersusWorst{}, dpo,
      {.iterations = 1, .prompts = 8, .sampling = {1.0f, 1.0f, 24}, .seed = {7}},
      [&](srlm::PairsSelected const& e) { answers = e.pairs; }, [&](srlm::StepTaken const& e) { all = e.steps; });
  std::printf("%s: %zu pairs of answers, %zu of judgements\n", name, answers, all - answers);
  return all - answers;
}

int main(int argc, char** argv) {
  char const* const path = argc > 1 ? argv[1] : nullptr;
  std::size_t const none = judge_pairs<SelfRewarding>("Self-Rewarding", path);
  std::size_t const some = judge_pairs<MetaRewarding>("Meta-Rewarding", path);
  return none == 0 && some > 0 ? 0 : 1;
}
