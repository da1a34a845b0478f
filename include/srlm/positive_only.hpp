/// The positive-only variant (Yuan et al. 2024, appendix A.4): instead of pairs, answers with a perfect score are added
/// to the seed data and learned by supervised fine-tuning. The paper found no gain in it: preference learning is what
/// helps.
#pragma once
#include <srlm/concepts/answer_selector.hpp>
#include <srlm/self_rewarding.hpp>
#include <srlm/train/supervised.hpp>

namespace srlm {

/// The selected answers as rows to learn from.
template <AnswerSelector S, class Turn>
std::vector<SupervisedExample> select_answers(Turn const& turn, S const& select, std::span<JudgedGroup const> groups) {
  std::vector<SupervisedExample> examples;
  if (turn.stopped()) { // not all groups are here
    return examples;
  }
  for (JudgedGroup const& group : groups) {
    for (std::size_t i : select(group)) {
      examples.push_back({group.prompt, group.responses.at(i)});
    }
  }
  turn.notify(describe(turn.t(), groups, examples.size()));
  return examples;
}

/// One turn: M_t in, M_{t+1} out. seeds: the rows that the perfect answers join (IFT and EFT); may be empty. Stops,
/// with M_t unchanged, when no answer is perfect.
template <Policy P, PromptSource<P> X, Judge<P> J, AnswerSelector S, class Trainer, class Turn>
Control positive_only_iteration(Turn const& turn, P& policy, X& prompts, J& judge, S const& select, Trainer& train,
                                std::span<SupervisedExample const> seeds, SelfRewardingOptions const& options) {
  Seed const seed = options.seed.fork(static_cast<std::uint64_t>(turn.t()));

  auto x = new_prompts(turn, policy, prompts, options.prompts, seed.fork(0));                      // x ~ prompts
  auto y = sample_candidates(turn, policy, x, options.candidates, options.sampling, seed.fork(1)); // y^n ~ M_t(. | x)
  judge_candidates(turn, policy, judge, y, seed.fork(2)); // r^n = judge(M_t, x, y^n)
  auto examples = select_answers(turn, select, y);        // {(x, y^n) : r^n = 5}
  if (examples.empty()) {
    return Control::stop;
  }
  examples.insert(examples.end(), seeds.begin(), seeds.end());
  train.fit(policy, examples, seed.fork(4), Stage::supervised, turn); // M_{t+1} = SFT(M_t, seeds + examples)
  return turn.stopped() ? Control::stop : Control::proceed;
}

/// M_1 in, M_{1 + iterations} out.
template <Policy P, PromptSource<P> X, Judge<P> J, AnswerSelector S, class Trainer, Journal Memory, Observer... Os>
Control positive_only(P& policy, X& prompts, J& judge, S const& select, Trainer& train,
                      std::span<SupervisedExample const> seeds, SelfRewardingOptions const& options, Memory& journal,
                      Os&&... observers) {
  constexpr bool goes_on_inside_training = Checkpointed<P> && keeps_checkpoints<Trainer>;
  auto const one_turn = [&](auto const& turn) {
    return positive_only_iteration(turn, policy, prompts, judge, select, train, seeds, options);
  };
  return run_turns<goes_on_inside_training>(options.iterations, journal, one_turn, observers...);
}

} // namespace srlm
