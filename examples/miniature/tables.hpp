/// The results as Markdown.
#pragma once
#include "arms.hpp"
#include "claims.hpp"
#include <cstdarg>

namespace miniature {

/// printf into a string.
__attribute__((format(printf, 1, 2))) inline std::string format(char const* pattern, ...) {
  char text[256];
  va_list values;
  va_start(values, pattern);
  std::vsnprintf(text, sizeof text, pattern, values);
  va_end(values);
  return text;
}

inline std::vector<std::uint64_t> seeds_of(Measurements const& all) {
  std::vector<std::uint64_t> seeds;
  for (auto const& [key, measurement] : all) {
    if (seeds.empty() || seeds.back() != std::get<0>(key)) {
      seeds.push_back(std::get<0>(key));
    }
  }
  return seeds;
}

inline std::string claims_table(Measurements const& all) {
  std::string text =
      "| claim | first | second | difference (95%) | p | seeds | by prompts | |\n"
      "| --- | --- | --- | --- | --- | --- | --- | --- |\n";
  auto const seeds = seeds_of(all);
  for (Claim const& claim : claims) {
    Finding const f = examine(claim, all, seeds);
    bool const counts = claim.measure == "right_minus_wrong_pairs";
    auto const show = [&](double x) { return counts ? format("%.0f", x) : format("%.3f", x); };
    text += "| " + std::string(claim.text) + " | ";
    if (f.first.empty()) {
      text += "| | | | | | not run |\n";
      continue;
    }
    text += show(srlm::deviations_of(f.first).mean) + " | " + show(srlm::deviations_of(f.second).mean) + " | ";
    text += f.difference ? show(f.difference->value) + " (" + show(f.difference->low) + " to " +
                               show(f.difference->high) + ") | "
                         : "| ";
    text += (!f.p ? "" : *f.p < 0.001 ? "< 0.001" : format("%.3f", *f.p)) + " | " + format("%zu of %zu", f.as_expected, f.first.size()) + " | ";
    text += (f.tested > 0 ? format("%zu of %zu", f.by_prompts, f.tested) : "") + " | ";
    text += std::string(name_of(f.outcome)) + " |\n";
  }
  return text;
}

/// One measure of all models of all arms: the mean over the seeds, and half the width of Student's interval.
inline std::string measure_table(Measurements const& all, std::string const& measure, int digits = 2) {
  constexpr std::array<std::string_view, 7> models = {"M0", "SFT", "M1", "M2", "M3", "M4", "M5"};
  std::string text = "| " + measure;
  std::string rule = "| ---";
  for (std::string_view model : models) {
    text += " | " + std::string(model);
    rule += " | ---";
  }
  text += " |\n" + rule + " |\n";
  std::vector<std::string> names = {"start"};
  for (Arm const& arm : arms) {
    names.emplace_back(arm.name);
  }
  for (std::string const& arm : names) {
    std::string row = "| " + arm;
    bool any = false;
    for (std::string_view model : models) {
      std::vector<double> values;
      for (std::uint64_t seed : seeds_of(all)) {
        Measurement const* const m = detail::find(all, seed, {arm, model});
        if (m != nullptr && m->values.contains(measure)) {
          values.push_back(m->values.at(measure));
        }
      }
      row += " | ";
      if (!values.empty()) {
        any = true;
        row += format("%.*f", digits, srlm::deviations_of(values).mean);
        if (auto const interval = srlm::mean_interval(values)) {
          row += format(" ± %.*f", digits, interval->high - interval->value);
        }
      }
    }
    text += any ? row + " |\n" : "";
  }
  return text;
}

struct TableOf {
  char const* measure;
  int digits;
};

inline constexpr TableOf tables[] = {{"quality", 2},
                                     {"quality_greedy", 2},
                                     {"judge_accuracy", 3},
                                     {"judge_usable_verdicts", 3},
                                     {"judge_spearman", 3},
                                     {"judge_kendall", 3},
                                     {"judge_exact_match", 3},
                                     {"judge_top_is_best", 3},
                                     {"judge_self_agreement", 3},
                                     {"pairs_a_1000_prompts", 0},
                                     {"right_pairs", 0},
                                     {"wrong_pairs", 0},
                                     {"win_rate_against_M1", 3},
                                     {"length", 2},
                                     {"ended", 3},
                                     {"kl_to_M0", 2},
                                     {"old_task_loss", 3}};

inline std::string all_tables(Measurements const& all) {
  std::string text = "## Claims\n\n" + claims_table(all);
  for (TableOf const& table : tables) {
    text += "\n## " + std::string(table.measure) + "\n\n" + measure_table(all, table.measure, table.digits);
  }
  return text;
}

} // namespace miniature
