/// Warnings: an observer that says, once a turn for each, when one of the known failures of self-rewarding shows in the
/// numbers, with the number and what to try; and that ends the run at those that it is told to end it at.
#pragma once
#include <srlm/core/events.hpp>
#include <algorithm> // max
#include <cstdio>    // snprintf
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility> // move

namespace srlm {

enum class WarningKind {
  saturation, ///< most answers have a high score, so few pairs differ
  usable,     ///< few verdicts give a score
  length,     ///< answers grow
  gap,        ///< chosen and rejected answers come closer in score
  chosen,     ///< the chosen answers become less likely
  anchor      ///< the judge agrees less with people on answers that never change
};

inline constexpr WarningKind warning_kinds[] = {WarningKind::saturation, WarningKind::usable, WarningKind::length,
                                                WarningKind::gap,        WarningKind::chosen, WarningKind::anchor};

constexpr std::string_view name_of(WarningKind kind) {
  switch (kind) {
  case WarningKind::saturation:
    return "saturation";
  case WarningKind::usable:
    return "usable";
  case WarningKind::length:
    return "length";
  case WarningKind::gap:
    return "gap";
  case WarningKind::chosen:
    return "chosen";
  case WarningKind::anchor:
    return "anchor";
  }
  return "unknown";
}

/// One failure that shows. text: one line, with the number, the limit and what to try.
struct Warning {
  WarningKind kind;
  int t;
  double value, limit;
  std::string text;
};

/// Beyond which number each warning is given. Where no paper gives a number, the default is our choice, as said there.
struct WarningLimits {
  double high_score = 4;       ///< scores from here on are high: 4 and 5 of the additive rubric's 0 to 5
  double saturation = 0.8;     ///< share of high scores; ours. Without EFT the paper's scores converge to 4 (A.3)
  double usable = 0.5;         ///< share of usable verdicts; ours: below it more verdicts are lost than read
  double length = 1.4;         ///< mean length over that of the first turn; the paper's M2 over its M1 is 1.42
  double gap = 0.5;            ///< mean score gap over that of the first turn; ours. It fell to 1/9 in four turns in
                               ///< Wang et al. 2025 (arXiv 2508.06026)
  double chosen_reward = -0.1; ///< mean reward of the chosen in a turn's last quarter of steps; ours: at beta 0.1 an
                               ///< answer has lost a nat. Some fall is expected of DPO (Pang et al. 2024, 2404.19733)
  double anchor_fall = 0.05;   ///< fall of the anchor measure below its best; ours
};

/// Semantics: hears of the loop's events alone, so it says the same of a run that goes on and of a recorded one. The
/// warnings of answers and verdicts come before the turn learns from them, those of learning and of the anchor after
/// it; Control::stop then ends the run there.
class Warnings {
 public:
  /// Measures the judge of M_model on answers that never change, larger is better; nullopt where it cannot.
  using Anchor = std::function<std::optional<double>(int model)>;

  /// say: told of each warning. stop_on: which end the run.
  explicit Warnings(std::function<void(Warning const&)> say, WarningLimits const& limits = {},
                    std::set<WarningKind> stop_on = {}, Anchor anchor = {})
      : say_(std::move(say)), limits_(limits), stop_on_(std::move(stop_on)), anchor_(std::move(anchor)) {}

  void operator()(IterationBegan const& e) {
    if (!best_anchor_ && anchor_) {
      best_anchor_ = anchor_(e.t);
    }
  }

  Control operator()(PairsSelected const& e) {
    control_ = Control::proceed;
    if (!e.scores.empty()) {
      std::size_t high = 0;
      for (float score : e.scores) {
        high += static_cast<double>(score) >= limits_.high_score ? 1 : 0;
      }
      double const share = ratio(high, e.scores.size());
      above(WarningKind::saturation, e.t, share, limits_.saturation, "of the scores are high",
            "more votes, the expected score, a pairwise judge, or judgements of all scores alike in EFT");
    }
    if (e.verdicts > 0) {
      below(WarningKind::usable, e.t, ratio(e.usable_verdicts, e.verdicts), limits_.usable,
            "of the verdicts are usable" + (e.unusable.empty() ? "" : " (" + counts_text(e.unusable) + ")"),
            "more or better EFT data, longer verdicts, or leading verdicts to their score line");
    }
    if (e.responses > 0 && e.mean_length > 0) {
      first_length_ = first_length_.value_or(e.mean_length);
      above(WarningKind::length, e.t, e.mean_length / *first_length_, limits_.length,
            "times the answers' length at the start (" + number("%.1f", e.mean_length) + " tokens)",
            "pairs by rho_band, a length penalty, or a loss that is normalised by length");
    }
    if (!e.gaps.empty()) {
      double gap = 0;
      for (float one : e.gaps) {
        gap += static_cast<double>(one) / static_cast<double>(e.gaps.size());
      }
      first_gap_ = first_gap_.value_or(gap);
      if (*first_gap_ > 0) {
        below(WarningKind::gap, e.t, gap / *first_gap_, limits_.gap,
              "times the score gap between chosen and rejected at the start (" + number("%.2f", gap) + ")",
              "new prompts, more candidates, or rejected answers of an earlier model");
      }
    }
    return control_;
  }

  /// A step may be told again: a run that goes on tells the recorded ones first, so that it ends where it ended.
  void operator()(StepTaken const& e) {
    if (e.stage == Stage::preference && 4 * (e.step + 1) > 3 * e.steps) {
      chosen_rewards_[e.t][e.step] = e.chosen_reward;
    }
  }

  Control operator()(IterationEnded const& e) {
    control_ = Control::proceed;
    if (auto const& rewards = chosen_rewards_[e.t]; !rewards.empty()) {
      double mean = 0;
      for (auto const& [step, reward] : rewards) {
        mean += reward / static_cast<double>(rewards.size());
      }
      below(WarningKind::chosen, e.t, mean, limits_.chosen_reward,
            "is the reward of the chosen answers: they are less likely than under the reference",
            "a smaller step, a likelihood term beside the loss (rpo, dpop), or a larger beta");
    }
    std::optional<double> const anchor = anchor_ ? anchor_(e.t + 1) : std::nullopt;
    if (anchor) {
      above(WarningKind::anchor, e.t, best_anchor_.value_or(*anchor) - *anchor, limits_.anchor_fall,
            "is the judge's fall on the anchor set, from " + number("%.3f", best_anchor_.value_or(*anchor)) + " to " +
                number("%.3f", *anchor),
            "a frozen or an external judge, replay of EFT data, or fewer turns");
      best_anchor_ = std::max(best_anchor_.value_or(*anchor), *anchor);
    }
    return control_;
  }

  /// What ended the run, if a warning did.
  std::optional<Warning> const& stopped_by() const { return stopped_by_; }

 private:
  static double ratio(std::size_t part, std::size_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
  }
  static std::string number(char const* format, double x) {
    char text[32];
    std::snprintf(text, sizeof text, format, x);
    return text;
  }

  void above(WarningKind kind, int t, double value, double limit, std::string const& what, char const* advice) {
    if (value > limit) {
      warn(kind, t, value, limit, what, advice, "above ");
    }
  }
  void below(WarningKind kind, int t, double value, double limit, std::string const& what, char const* advice) {
    if (value < limit) {
      warn(kind, t, value, limit, what, advice, "below ");
    }
  }
  void warn(WarningKind kind, int t, double value, double limit, std::string const& what, char const* advice,
            char const* side) {
    bool const stop = stop_on_.contains(kind);
    Warning const warning{kind, t, value, limit,
                          "warning (" + std::string(name_of(kind)) + ", turn " + std::to_string(t) +
                              "): " + number("%.3g", value) + " " + what + ", " + side + number("%.3g", limit) +
                              ". Try " + advice + "." + (stop ? " The run ends here." : "")};
    if (stop) {
      control_ = Control::stop;
      stopped_by_ = warning;
    }
    say_(warning);
  }

  std::function<void(Warning const&)> say_;
  WarningLimits limits_;
  std::set<WarningKind> stop_on_;
  Anchor anchor_;
  Control control_ = Control::proceed;
  std::optional<double> first_length_, first_gap_, best_anchor_;
  std::map<int, std::map<std::size_t, double>> chosen_rewards_; ///< by turn and step
  std::optional<Warning> stopped_by_;
};

} // namespace srlm
