/// Every number of the experiment. They were fixed on tuning seeds (from 101 on) and the tuning instructions, before
/// any of the seeds and instructions that are reported was run.
#pragma once
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>

namespace miniature {

/// Which instructions the models are measured on. last: touched once, at the very end.
enum class Test { tuning, report, last };

struct Settings {
  // M0, from nothing: text of mixed quality, first with careful judgements, then with those that are found in the wild
  std::size_t hidden = 96, intermediate = 256, layers = 3, heads = 3;
  std::size_t early_rows = 64'000, late_rows = 48'000, base_batch = 32;
  double base_rate = 1.5e-3; ///< half of it for the late text
  double early_right = 0.95, early_well_formed = 1, late_right = 0.75, late_well_formed = 0.14;
  /// Of the authors of the answers in M0's text, share that is careful; probability of each property for both kinds.
  double careful_authors = 0.5, careful = 0.8, careless = 0.3;
  double rambling = 0.15; ///< of these answers, share that does not come to its end

  // M1: IFT and EFT (section 2.1)
  std::size_t ift_seeds = 200, eft_seeds = 400;
  double ift_quality = 0.7, ift_rambling = 0.1;
  std::size_t sft_epochs = 10, sft_batch = 32;
  double sft_rate = 2e-4;

  // the loop (sections 2.2 and 2.3)
  std::size_t prompts = 500, candidates = 4;
  int most_turns = 4; ///< of an arm that has more than two
  int votes = 3;
  std::size_t dpo_epochs = 1, dpo_batch = 16;
  double dpo_rate = 5e-5, beta = 0.1;
  double small_steps = 1.0 / 3, large_steps = 3; ///< times dpo_rate
  double positive_rate = 3e-4;                   ///< of the positive-only variant, tuned for it
  std::size_t positive_epochs = 2;
  double ipo_tau = 0.1, rho = 0.32, replay_weight = 0.5;

  // measuring
  std::size_t test_instructions = 200, ranked_instructions = 200, old_rows = 200;
  Test test = Test::report;

  static constexpr int answer_tokens = 14, verdict_tokens = 24;
};

/// For a look at the directions, in a minute.
inline Settings quick_settings() {
  Settings s;
  s.early_rows = 24'000;
  s.late_rows = 8'000;
  s.prompts = 200;
  s.most_turns = 2;
  s.eft_seeds = 200;
  s.test_instructions = s.ranked_instructions = 100;
  return s;
}

/// All of them as text, by which a folder knows its experiment again.
inline std::string describe(Settings const& s) {
  std::ostringstream out;
  out << "model " << s.hidden << ' ' << s.intermediate << ' ' << s.layers << ' ' << s.heads << "; M0 " << s.early_rows
      << ' ' << s.late_rows << ' ' << s.base_batch << ' ' << s.base_rate << ' ' << s.early_right << ' '
      << s.early_well_formed << ' ' << s.late_right << ' ' << s.late_well_formed << ' ' << s.careful_authors << ' '
      << s.careful << ' ' << s.careless << ' ' << s.rambling << "; SFT " << s.ift_seeds << ' ' << s.eft_seeds << ' '
      << s.ift_quality << ' ' << s.ift_rambling << ' ' << s.sft_epochs << ' ' << s.sft_batch << ' ' << s.sft_rate
      << "; loop " << s.prompts << ' ' << s.most_turns << ' ' << s.candidates << ' ' << s.votes << ' ' << s.dpo_epochs
      << ' ' << s.dpo_batch << ' ' << s.dpo_rate << ' ' << s.beta << ' ' << s.small_steps << ' ' << s.large_steps << ' '
      << s.positive_rate << ' ' << s.positive_epochs << ' ' << s.ipo_tau << ' ' << s.rho << ' ' << s.replay_weight
      << "; test " << s.test_instructions << ' ' << s.ranked_instructions << ' ' << s.old_rows << ' '
      << static_cast<int>(s.test);
  return out.str();
}

} // namespace miniature
