/// Self-Rewarding Language Models (Yuan et al. 2024, arXiv 2401.10020): the loop, one line a formula.
#pragma once
#include <srlm/train/judge_pairs.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/turns.hpp>

namespace srlm {

/// candidates, temperature and top-p: the paper's (section 3.1.3). The paper does not say how many prompts it used.
struct SelfRewardingOptions {
  int iterations = 2;         ///< M1 -> M2 -> M3
  std::size_t prompts = 1000; ///< new prompts a turn
  std::size_t candidates = 4; ///< N responses a prompt
  Sampling sampling = {0.7f, 0.9f, 512};
  Seed seed = {};
};

/// One turn: M_t in, M_{t+1} out. Stops, with M_t unchanged, when the judge's scores give no pair, and after the unit
/// of work in which an observer returns Control::stop.
template <Policy P, PromptSource<P> X, Judge<P> J, PairSelector S, PreferenceOptimizer<P> O, class Turn>
Control self_rewarding_iteration(Turn const& turn, P& policy, X& prompts, J& judge, S const& select, O& optimize,
                                 SelfRewardingOptions const& options) {
  Seed const seed = options.seed.fork(static_cast<std::uint64_t>(turn.t()));

  auto x = new_prompts(turn, policy, prompts, options.prompts, seed.fork(0)); // x ~ prompts (section 2.2)
  auto y = sample_candidates(turn, policy, x, options.candidates, options.sampling, seed.fork(1)); // y^n ~ M_t(. | x)
  judge_candidates(turn, policy, judge, y, seed.fork(2));       // r^n = judge(M_t, x, y^n)
  auto pairs = select_pairs(turn, select, y, seed.fork(3));     // D_t = {(x, y_w, y_l) : r_w > r_l}
  add_judge_pairs(turn, policy, judge, y, pairs, seed.fork(5)); // a meta-judge's own, beside the actor's
  record_reference(turn, policy, optimize, pairs);              // log pi_ref of both, pi_ref = M_t
  return learn(turn, policy, optimize, pairs, seed.fork(4));    // M_{t+1} = DPO(M_t, D_t) (section 2.3)
}

/// M_1 in, M_{1 + iterations} out. The journal makes the run resumable; observers hear what happens.
template <Policy P, PromptSource<P> X, Judge<P> J, PairSelector S, PreferenceOptimizer<P> O, Journal Memory,
          Observer... Os>
Control self_rewarding(P& policy, X& prompts, J& judge, S const& select, O& optimize,
                       SelfRewardingOptions const& options, Memory& journal, Os&&... observers) {
  constexpr bool goes_on_inside_training = Checkpointed<P> && keeps_checkpoints<O>;
  auto const one_turn = [&](auto const& turn) {
    return self_rewarding_iteration(turn, policy, prompts, judge, select, optimize, options);
  };
  return run_turns<goes_on_inside_training>(options.iterations, journal, one_turn, observers...);
}

/// Without a journal: nothing is remembered.
template <Policy P, PromptSource<P> X, Judge<P> J, PairSelector S, PreferenceOptimizer<P> O, Observer... Os>
Control self_rewarding(P& policy, X& prompts, J& judge, S const& select, O& optimize,
                       SelfRewardingOptions const& options = {}, Os&&... observers) {
  NoJournal journal;
  return self_rewarding(policy, prompts, judge, select, optimize, options, journal, observers...);
}

} // namespace srlm
