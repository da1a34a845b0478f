/// How well answers keep verifiable instructions: IFEval's four accuracies (Zhou et al. 2023, arXiv 2311.07911), and
/// the same as a judge of the loop.
#pragma once
#include <srlm/core/preference.hpp>
#include <srlm/eval/instruction_rows.hpp>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace srlm {

/// Kept of all. share() is 0 where there is none.
struct KeptOf {
  std::size_t kept = 0, all = 0;

  void add(bool is_kept) {
    kept += is_kept ? 1 : 0;
    ++all;
  }
  double share() const { return all == 0 ? 0 : static_cast<double>(kept) / static_cast<double>(all); }
};

/// One reading, strict or loose.
struct InstructionAccuracy {
  KeptOf prompts;                                   ///< answers that keep every instruction of their prompt
  KeptOf instructions;                              ///< instructions that are kept
  std::map<std::string, KeptOf, std::less<>> kinds; ///< the same by id
};

struct InstructionReport {
  InstructionAccuracy strict, loose;
};

/// Counts one answer.
inline void add_answer(InstructionReport& report, InstructionRow const& row, std::string_view response) {
  bool all = true, all_loosely = true;
  for (Instruction const& instruction : row.instructions) {
    bool const kept = is_kept(instruction, response), kept_loosely = kept || is_kept_loosely(instruction, response);
    std::string const id(name_of(instruction));
    report.strict.instructions.add(kept);
    report.strict.kinds[id].add(kept);
    report.loose.instructions.add(kept_loosely);
    report.loose.kinds[id].add(kept_loosely);
    all = all && kept;
    all_loosely = all_loosely && kept_loosely;
  }
  report.strict.prompts.add(all);
  report.loose.prompts.add(all_loosely);
}

/// One answer a row, in order. Throws: Error where there are more or fewer.
inline InstructionReport measure_instructions(std::span<InstructionRow const> rows,
                                              std::span<std::string const> responses) {
  if (rows.size() != responses.size()) {
    throw Error("measure_instructions", std::to_string(responses.size()) + " responses",
                std::to_string(rows.size()) + ", one a row");
  }
  InstructionReport report;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    add_answer(report, rows[i], responses[i]);
  }
  return report;
}

/// The function of a FunctionJudge: the share of its prompt's instructions that a response keeps, as it stands, 0 to 1.
/// nullopt for a prompt that no row has.
class InstructionScore {
 public:
  /// Throws: Error for two rows with the same prompt.
  explicit InstructionScore(std::vector<InstructionRow> rows) {
    for (InstructionRow& row : rows) {
      std::string prompt = row.prompt;
      auto const [place, is_new] = rows_.emplace(std::move(prompt), std::move(row.instructions));
      if (!is_new) {
        throw Error("InstructionScore", "the prompt \"" + place->first + "\" twice", "each prompt once");
      }
    }
  }

  Score operator()(Prompt const& prompt, Response const& response) const {
    auto const found = rows_.find(prompt.text);
    if (found == rows_.end()) {
      return std::nullopt;
    }
    KeptOf kept;
    for (Instruction const& instruction : found->second) {
      kept.add(is_kept(instruction, response.text));
    }
    return static_cast<float>(kept.share());
  }

 private:
  std::unordered_map<std::string, std::vector<Instruction>> rows_;
};

} // namespace srlm
