/// The instructions of the experiment: which are learned from and which are kept for measuring, and the two judges that
/// a program makes of them.
#pragma once
#include "settings.hpp"
#include <srlm/eval/instruction_accuracy.hpp>
#include <srlm/judge/function_judge.hpp>

namespace real_model {

/// Rows in a random order of the seed, cut in two.
struct Split {
  std::vector<srlm::InstructionRow> train, held_out;

  /// Throws: Error where fewer rows are there than are to be learned from, and one more.
  Split(std::vector<srlm::InstructionRow> rows, std::size_t learned, std::size_t most, srlm::Seed seed) {
    if (rows.size() <= learned) {
      throw srlm::Error("--prompts", std::to_string(learned) + " in all turns",
                        "fewer than the " + std::to_string(rows.size()) + " rows whose instructions are decided");
    }
    srlm::shuffle(std::span(rows), seed);
    auto const cut = rows.begin() + static_cast<std::ptrdiff_t>(learned);
    train.assign(rows.begin(), cut);
    held_out.assign(cut, rows.end());
    if (most > 0 && most < held_out.size()) {
      held_out.resize(most);
    }
  }

  std::vector<std::string> train_prompts() const {
    std::vector<std::string> texts;
    for (srlm::InstructionRow const& row : train) {
      texts.push_back(row.prompt);
    }
    return texts;
  }
};

inline Split split_of(Settings const& s) {
  return Split(srlm::read_instruction_rows(s.instructions).rows, s.learned(), s.held_out, s.stream(0));
}

/// The control: the scores that the instructions give the answers to a prompt, dealt out among them at random. So it
/// has as many different scores as the function judge, and none of its knowledge.
class DealtScores {
 public:
  explicit DealtScores(srlm::InstructionScore score) : judge_(std::move(score)) {}

  template <class P>
  void score(P& policy, std::span<srlm::JudgedGroup> groups, srlm::Seed seed) {
    judge_.score(policy, groups, seed);
    for (std::size_t g = 0; g < groups.size(); ++g) {
      srlm::shuffle(std::span(groups[g].scores), seed.fork(g));
    }
  }

 private:
  srlm::FunctionJudge<srlm::InstructionScore> judge_;
};

} // namespace real_model
