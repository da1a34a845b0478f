/// Progress: an observer that keeps one line on a terminal: stage, count, tokens a second, time left in the stage. A
/// model that tells how its writing advances (on_generation) keeps it moving within a unit of work.
#pragma once
#include <srlm/core/events.hpp>
#include <algorithm> // max, min
#include <chrono>
#include <cstdio>
#include <string>
#include <utility> // exchange

namespace srlm {

/// Writes to a stream that people watch (stderr). On a terminal the line is rewritten in place; elsewhere a line is
/// written a few times a stage.
class Progress {
 public:
  explicit Progress(bool terminal, std::FILE* out = stderr) : terminal_(terminal), out_(out) {}

  void operator()(RestartRepeats const& e) { say("a restart would repeat " + std::string(e.what)); }
  void operator()(IterationBegan const& e) { say("turn " + std::to_string(e.t) + ": M" + std::to_string(e.t)); }
  void operator()(StageBegan const& e) {
    begin(e.t, e.stage);
    unit_ = e.unit;
    total_ = e.total;
    last_ = began_ = Clock::now();
  }
  void operator()(GenerationAdvanced const& e) {
    if (e.written < call_) { // another call of generate()
      written_ += std::exchange(call_, 0);
    }
    call_ = e.written;
    share_ =
        std::max(share_, static_cast<double>(e.written) / static_cast<double>(std::max<std::size_t>(e.at_most, 1)));
    auto const now = Clock::now();
    if (unit_ > 0 && now - last_ > std::chrono::milliseconds(terminal_ ? 200 : 10'000)) {
      last_ = now;
      write("");
    }
  }
  void operator()(StageAdvanced const& e) { show(e.t, e.stage, 0, e.done, e.total, e.tokens, ""); }
  void operator()(StepTaken const& e) {
    char text[64];
    std::snprintf(text, sizeof text, e.stage == Stage::preference ? "  loss %.4f  margin %+.4f" : "  loss %.4f", e.loss,
                  e.margin);
    show(e.t, e.stage, e.step, e.step + 1, e.steps, e.tokens, text);
  }
  void operator()(PairsSelected const& e) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "M%d: mean score %.2f, %zu of %zu verdicts usable, %.0f%% of answers finished, %zu pairs from %zu "
                  "prompts",
                  e.t, e.mean_score, e.usable_verdicts, e.verdicts, 100 * e.finished_share, e.pairs, e.groups);
    say(text);
    if (!e.unusable.empty() || !e.without_pair.empty()) {
      say("    unusable verdicts: " + (e.unusable.empty() ? "none" : counts_text(e.unusable)) +
          "; prompts without a pair: " + (e.without_pair.empty() ? "none" : counts_text(e.without_pair)));
    }
  }

  /// A line of its own.
  void say(std::string const& text) {
    std::fprintf(out_, "%s%s\n", terminal_ && open_ ? "\r\033[K" : "", text.c_str());
    std::fflush(out_);
    open_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void begin(int t, Stage stage) {
    t_ = t;
    stage_ = stage;
    before_ = done_ = tokens_ = written_ = call_ = unit_ = 0;
    share_ = 0;
    began_ = last_; // where nobody says when: when the last one ended
  }

  /// before: how much of the stage was done before the first event about it.
  void show(int t, Stage stage, std::size_t before, std::size_t done, std::size_t total, std::size_t tokens,
            char const* more) {
    if (stage != stage_ || t != t_ || done <= done_) { // another stage, unannounced
      begin(t, stage);
      before_ = before;
    }
    last_ = Clock::now();
    tokens_ += tokens;
    written_ += std::exchange(call_, 0);
    share_ = 0;
    done_ = done;
    total_ = total;
    write(more);
  }

  /// Time left: as if the rest went on like what is done, the share of the unit that is being written included.
  void write(char const* more) {
    double const elapsed = std::chrono::duration<double>(last_ - began_).count();
    double const unit = static_cast<double>(std::min(unit_, total_ - done_));
    double const done = static_cast<double>(done_ - before_) + share_ * unit;
    std::size_t const tokens = std::max(tokens_, written_ + call_);
    char part[200];
    std::snprintf(part, sizeof part, "%-18s %zu/%zu", std::string(name_of(stage_)).c_str(), done_, total_);
    std::string text = part;
    if (tokens > 0 && elapsed > 0) {
      std::snprintf(part, sizeof part, "  %.0f tokens/s", static_cast<double>(tokens) / elapsed);
      text += part;
    }
    if (done_ < total_ && done > 0) {
      std::snprintf(part, sizeof part, "  %.0f s left",
                    elapsed / done * (static_cast<double>(total_ - before_) - done));
      text += part;
    }
    text += more;
    bool const whole = done_ >= total_;
    std::fprintf(out_, terminal_ ? "\r\033[K%s%s" : "%s%s", text.c_str(), terminal_ && !whole ? "" : "\n");
    open_ = terminal_ && !whole;
    std::fflush(out_);
  }

  bool terminal_, open_ = false;
  std::FILE* out_;
  int t_ = -1;
  Stage stage_ = Stage::instruction_tuning;
  std::size_t before_ = 0, done_ = 0, total_ = 0, unit_ = 0; ///< of the stage, in its items
  std::size_t tokens_ = 0;                                   ///< that the stage's events tell of
  std::size_t written_ = 0, call_ = 0; ///< that the model tells of: in earlier calls of generate(), and in this one
  double share_ = 0;                   ///< of the unit
  Clock::time_point began_ = Clock::now(), last_ = began_;
};

} // namespace srlm
