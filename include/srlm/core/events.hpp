/// What an observer can listen to: any callable that takes one of these.
#pragma once
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace srlm {

enum class Control { proceed, stop };

/// The stages of one turn of the loop, and of the supervised start.
enum class Stage {
  instruction_tuning,
  judgement_data,
  supervised,
  prompts,
  candidates,
  verdicts,
  judge_pairs,
  pairs,
  preference
};

constexpr std::string_view name_of(Stage stage) {
  switch (stage) {
  case Stage::instruction_tuning:
    return "instruction_tuning";
  case Stage::judgement_data:
    return "judgement_data";
  case Stage::supervised:
    return "supervised";
  case Stage::prompts:
    return "prompts";
  case Stage::candidates:
    return "candidates";
  case Stage::verdicts:
    return "verdicts";
  case Stage::judge_pairs:
    return "judge_pairs";
  case Stage::pairs:
    return "pairs";
  case Stage::preference:
    return "preference";
  }
  return "unknown";
}

/// Told at the start of a run with a journal whose policy has no checkpoints: what going on after a kill would repeat.
struct RestartRepeats {
  std::string_view what;
};

/// Turn t begins: M_t is about to answer, to judge and to learn.
struct IterationBegan {
  int t;
};

/// A stage of so many items begins (prompts, or groups of candidates), `unit` of them at a time.
struct StageBegan {
  int t;
  Stage stage;
  std::size_t total, unit;
};

/// Told by a model while it writes, about one call of generate(): how many tokens are written, and how many they will
/// be if every answer that has not ended goes to its limit.
struct GenerationAdvanced {
  std::size_t written, at_most;
};

/// Some work of a stage is done. tokens: how many the model read or wrote for it since the last such event.
struct StageAdvanced {
  int t;
  Stage stage;
  std::size_t done, total, tokens;
};

/// What the judging of turn t gave. Means are over usable scores; lengths are in tokens. finished_share: of the
/// responses, that ended by themselves. unusable, without_pair: how many verdicts gave no score, and groups no pair, by
/// the names of their causes (the latter where the selector has a reason(group)). scores: all usable ones; gaps: the
/// score of the chosen minus that of the rejected answer, for each pair that has both.
struct PairsSelected {
  int t = 0;
  std::size_t groups = 0, responses = 0, pairs = 0;
  double mean_score = 0;
  std::size_t verdicts = 0, usable_verdicts = 0;
  double mean_length = 0, finished_share = 0;
  std::map<std::string_view, std::size_t> unusable = {}, without_pair = {};
  std::vector<float> scores = {}, gaps = {};
};

/// "3 no_score, 1 unfinished"; empty for no counts.
inline std::string counts_text(std::map<std::string_view, std::size_t> const& counts) {
  std::string text;
  for (auto const& [name, count] : counts) {
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + std::string(name);
  }
  return text;
}

/// One optimizer step. Rewards are beta * (log pi - log pi_ref) (Rafailov et al. 2023); zero in supervised stages.
struct StepTaken {
  int t = 0;
  Stage stage = Stage::preference;
  std::size_t step = 0, steps = 0; ///< step counts from 0
  double loss = 0;
  double chosen_reward = 0, rejected_reward = 0, margin = 0, accuracy = 0;
  double chosen_log_prob = 0, rejected_log_prob = 0; ///< means over the pairs of sums over tokens, in nats
  double rate = 0, gradient_norm = 0;
  std::size_t tokens = 0;              ///< response tokens that this step learned from
  double replay_loss = 0;              ///< of the seed rows learned beside the pairs, nats a token; 0 where none are
  std::optional<double> held_out = {}; ///< what was measured on held-out data after this step, if anything
};

/// M_{t+1} is made. policy_is_here: false where a resumed run passes a turn that an earlier process completed: the
/// policy in memory is not M_{t+1}, and a later turn loads the one that follows.
struct IterationEnded {
  int t;
  bool policy_is_here = true;
};

} // namespace srlm
