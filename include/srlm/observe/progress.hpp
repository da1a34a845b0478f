/// Progress: an observer that keeps one line on a terminal: stage, count, tokens a second, time left in the stage.
#pragma once
#include <srlm/core/events.hpp>
#include <chrono>
#include <cstdio>
#include <string>

namespace srlm {

/// Writes to a stream that people watch (stderr). On a terminal the line is rewritten in place; elsewhere a line is
/// written a few times a stage.
class Progress {
 public:
  explicit Progress(bool terminal, std::FILE* out = stderr) : terminal_(terminal), out_(out) {}

  void operator()(RestartRepeats const& e) { say("a restart would repeat " + std::string(e.what)); }
  void operator()(IterationBegan const& e) { say("turn " + std::to_string(e.t) + ": M" + std::to_string(e.t)); }
  void operator()(StageAdvanced const& e) { show(e.t, e.stage, 0, e.done, e.total, e.tokens, ""); }
  void operator()(StepTaken const& e) {
    char text[64];
    std::snprintf(text, sizeof text, e.stage == Stage::preference ? "  loss %.4f  margin %+.4f" : "  loss %.4f", e.loss,
                  e.margin);
    show(e.t, e.stage, e.step, e.step + 1, e.steps, e.tokens, text);
  }
  void operator()(PairsSelected const& e) {
    char text[160];
    std::snprintf(text, sizeof text, "M%d: mean score %.2f, %zu of %zu verdicts usable, %zu pairs from %zu prompts",
                  e.t, e.mean_score, e.usable_verdicts, e.verdicts, e.pairs, e.groups);
    say(text);
  }

  /// A line of its own.
  void say(std::string const& text) {
    std::fprintf(out_, "%s%s\n", terminal_ && open_ ? "\r\033[K" : "", text.c_str());
    std::fflush(out_);
    open_ = false;
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// before: how much of the stage was done before the first event about it.
  void show(int t, Stage stage, std::size_t before, std::size_t done, std::size_t total, std::size_t tokens,
            char const* more) {
    if (stage != stage_ || t != t_ || done <= done_) { // another stage: it began when the last one ended
      stage_ = stage;
      t_ = t;
      began_ = last_;
      before_ = before;
      tokens_ = 0;
    }
    last_ = Clock::now();
    tokens_ += tokens;
    done_ = done;
    double const elapsed = std::chrono::duration<double>(last_ - began_).count();
    double const left = elapsed / static_cast<double>(done - before_) * static_cast<double>(total - done);
    char line[200];
    int const n = std::snprintf(line, sizeof line, "%-18s %zu/%zu", std::string(name_of(stage)).c_str(), done, total);
    std::string text(line, static_cast<std::size_t>(n));
    if (tokens_ > 0 && elapsed > 0) {
      std::snprintf(line, sizeof line, "  %.0f tokens/s", static_cast<double>(tokens_) / elapsed);
      text += line;
    }
    if (done < total) {
      std::snprintf(line, sizeof line, "  %.0f s left", left);
      text += line;
    }
    text += more;
    if (terminal_) {
      std::fprintf(out_, "\r\033[K%s", text.c_str());
      open_ = true;
      if (done >= total) {
        std::fputc('\n', out_);
        open_ = false;
      }
    } else {
      std::fprintf(out_, "%s\n", text.c_str());
    }
    std::fflush(out_);
  }

  bool terminal_, open_ = false;
  std::FILE* out_;
  int t_ = -1;
  Stage stage_ = Stage::instruction_tuning;
  std::size_t before_ = 0, done_ = 0, tokens_ = 0;
  Clock::time_point began_ = Clock::now(), last_ = began_;
};

} // namespace srlm
