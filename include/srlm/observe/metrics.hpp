/// Metrics as JSON lines under TRL's names, so that tools made for its logs read ours. Rewards are beta times
/// log-ratios. response_tokens, those that the step learned from, is a name of ours: TRL's num_tokens counts all tokens
/// of the run so far.
#pragma once
#include <srlm/core/events.hpp>
#include <srlm/io/jsonl.hpp>

namespace srlm {

/// One optimizer step. No times: the same run gives the same lines.
inline io::OrderedJson metrics_of(StepTaken const& s) {
  io::OrderedJson line{{"iteration", s.t},
                       {"stage", std::string(name_of(s.stage))},
                       {"step", s.step + 1},
                       {"max_steps", s.steps},
                       {"loss", s.loss},
                       {"learning_rate", s.rate},
                       {"grad_norm", s.gradient_norm},
                       {"response_tokens", s.tokens}};
  if (s.stage == Stage::preference) {
    line["rewards/chosen"] = s.chosen_reward;
    line["rewards/rejected"] = s.rejected_reward;
    line["rewards/margins"] = s.margin;
    line["rewards/accuracies"] = s.accuracy;
    line["logps/chosen"] = s.chosen_log_prob;
    line["logps/rejected"] = s.rejected_log_prob;
  }
  if (s.replay_loss != 0) {
    line["replay_loss"] = s.replay_loss;
  }
  if (s.held_out) {
    line["held_out"] = *s.held_out;
  }
  return line;
}

/// An observer that appends every step to a file. Throws: Error when the file cannot be written.
class MetricsWriter {
 public:
  explicit MetricsWriter(std::string const& path, io::JsonlWriter::Mode mode = io::JsonlWriter::Mode::replace)
      : file_(path, mode) {}

  void operator()(StepTaken const& step) { file_.append(metrics_of(step)); }

 private:
  io::JsonlWriter file_;
};

} // namespace srlm
