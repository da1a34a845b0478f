/// What `srlm run` says of the judgements that EFT kept, and of a loop that stops.
#pragma once
#include <srlm/data/eft_builder.hpp>
#include <srlm/observe/warnings.hpp>
#include <string>
#include <vector>

namespace srlm::cli {

inline std::vector<std::string> eft_lines(EftReport const& r, std::size_t examples) {
  std::vector<std::string> lines = {
      "EFT: of " + std::to_string(r.instructions) + " instructions " + std::to_string(r.kept) +
      " judged as people rank them, " + std::to_string(r.inverted) + " against it, " + std::to_string(r.tied) +
      " without a difference, " + std::to_string(r.too_few) + " with too few usable verdicts; " +
      std::to_string(examples) + " judgements to learn from"};
  if (examples == 0) {
    lines.push_back("warning: no judgement agrees with the human ranking, so M1 learns from instructions alone");
  }
  return lines;
}

/// last: what the last turn judged.
inline std::string stop_reason(PairsSelected const& last, Warnings const& warnings) {
  if (warnings.stopped_by()) {
    return "--stop-on " + std::string(name_of(warnings.stopped_by()->kind));
  }
  return "no pairs. " + std::to_string(last.groups) + " prompts, " + std::to_string(last.responses) + " responses, " +
         std::to_string(last.usable_verdicts) + " of " + std::to_string(last.verdicts) + " verdicts usable" +
         (last.unusable.empty() ? "" : " (unusable: " + counts_text(last.unusable) + ")") +
         (last.without_pair.empty() ? "" : "; prompts without a pair: " + counts_text(last.without_pair));
}

} // namespace srlm::cli
