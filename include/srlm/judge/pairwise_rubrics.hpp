/// Rubrics that compare two: two answers to an instruction, and two judgements of one answer.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/judge/better_line.hpp>
#include <srlm/judge/quotation.hpp>

namespace srlm {

/// A PairwiseRubric for two answers.
struct HeadToHeadRubric {
  static constexpr std::string_view name = "head_to_head";
  static constexpr std::string_view source = "Zheng et al. 2023, arXiv 2306.05685 (which of two, or a tie)";
  static constexpr std::string_view scheme =
      "Compare two responses to an instruction: which one helps more, is more correct, complete and clear? Their order "
      "and their length do not matter.\n"
      "First give your reasons in at most 80 words. Then end with one line, Better: A or Better: B or Better: tie.\n";

  std::string question(Prompt const& x, Response const& first, Response const& second) const {
    return std::string(scheme) + "\n<instruction>\n" + shown(x.text) + "\n</instruction>\n<response A>\n" +
           shown(first.text) + "\n</response A>\n<response B>\n" + shown(second.text) +
           "\n</response B>\n\nGive your reasons in at most 80 words, then the line with your choice.";
  }

  Comparison parse(std::string_view text) const { return read_better(text); }

  /// A stranger's text as it stands in a slot: no tags, scores or choices of its own.
  static std::string shown(std::string_view text) { return without_choices(as_quotation(text)); }
};

/// A PairwiseRubric for two judgements: the "prompt" is the judge's whole question, rubric included (Meta-Rewarding).
struct MetaRubric {
  static constexpr std::string_view name = "meta";
  static constexpr std::string_view source = "Wu et al. 2024, arXiv 2407.19594";
  static constexpr std::string_view scheme =
      "Two judges were given the task below. Compare their judgements: which one applies the points as they are meant, "
      "gives reasons that are true of the response, and arrives at the score that the reasons call for? Their order "
      "does not matter.\n"
      "First give your reasons in at most 80 words. Then end with one line, Better: A or Better: B or Better: tie.\n";

  std::string question(Prompt const& task, Response const& first, Response const& second) const {
    return std::string(scheme) + "\n<task>\n" + shown(task.text) + "\n</task>\n<judgement A>\n" + shown(first.text) +
           "\n</judgement A>\n<judgement B>\n" + shown(second.text) +
           "\n</judgement B>\n\nGive your reasons in at most 80 words, then the line with your choice.";
  }

  Comparison parse(std::string_view text) const { return read_better(text); }

  /// The judge's own question keeps its slots, and a judgement its score: only what could leave a slot of this question
  /// or choose in it goes. An answer can make its judge write such a thing.
  static std::string shown(std::string_view text) {
    return without_choices(without_tags(std::string(text), {"task", "judgement"}));
  }
};

} // namespace srlm
