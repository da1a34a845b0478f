/// Self-play fine-tuning (SPIN; Chen et al. 2024, arXiv 2401.01335): people's answers against the model's own, turn
/// after turn, until it cannot tell them apart. No judge is asked. Beside self_rewarding.hpp, over the same steps.
#pragma once
#include <srlm/data/supervised_example.hpp>
#include <srlm/self_rewarding.hpp>

namespace srlm {

/// (x, y, y'): chosen is the example's answer, rejected what the model wrote. An answer that the model already gives is
/// left out.
inline std::vector<PreferencePair> against_own(std::span<SupervisedExample const> examples,
                                               std::span<JudgedGroup const> own) {
  std::vector<PreferencePair> pairs;
  for (std::size_t i = 0; i < own.size(); ++i) {
    Response const& rejected = own[i].responses.at(0);
    if (rejected.tokens != examples[i].response.tokens && !rejected.tokens.empty()) {
      pairs.push_back({examples[i].prompt, examples[i].response, rejected});
    }
  }
  return pairs;
}

/// One turn: p_t in, p_{t+1} out. Stops, with p_t unchanged, when the model gives every answer itself. Use SpinLoss.
template <Policy P, PreferenceOptimizer<P> O, class Turn>
Control spin_iteration(Turn const& turn, P& policy, std::span<SupervisedExample const> examples, O& optimize,
                       Sampling const& sampling, Seed run_seed) {
  Seed const seed = run_seed.fork(static_cast<std::uint64_t>(turn.t()));
  std::vector<Prompt> x;
  for (SupervisedExample const& example : examples) {
    x.push_back(example.prompt);
  }

  auto y = sample_candidates(turn, policy, x, 1, sampling, seed.fork(1)); // y' ~ p_t(. | x)
  auto pairs = against_own(examples, y);                                  // chosen: the example's y; rejected: y'
  record_reference(turn, policy, optimize, pairs);                        // log p_t of both
  return learn(turn, policy, optimize, pairs, seed.fork(4));              // p_{t+1} (equation 4.7)
}

/// p_1 in, p_{1 + iterations} out.
template <Policy P, PreferenceOptimizer<P> O, Journal Memory, Observer... Os>
Control spin(P& policy, std::span<SupervisedExample const> examples, O& optimize, int iterations,
             Sampling const& sampling, Seed seed, Memory& journal, Os&&... observers) {
  constexpr bool goes_on_inside_training = Checkpointed<P> && keeps_checkpoints<O>;
  auto const one_turn = [&](auto const& turn) {
    return spin_iteration(turn, policy, examples, optimize, sampling, seed);
  };
  return run_turns<goes_on_inside_training>(iterations, journal, one_turn, observers...);
}

} // namespace srlm
