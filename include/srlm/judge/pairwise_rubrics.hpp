/// Rubrics that compare two: two answers to an instruction, and two judgements of one answer.
#pragma once
#include <srlm/core/conversation.hpp>
#include <srlm/judge/additive_rubric.hpp>
#include <srlm/judge/better_line.hpp>

namespace srlm {

/// A PairwiseRubric for two answers.
struct HeadToHeadRubric {
  static constexpr std::string_view name = "head_to_head";
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

/// A PairwiseRubric for two judgements: the "prompt" is the judge's whole question, rubric included (Meta-Rewarding,
/// section 2.3).
struct MetaRubric {
  static constexpr std::string_view name = "meta";
  static constexpr std::string_view scheme =
      "Two judges were given the task below. Compare their judgements: which one applies the points as they are meant, "
      "gives reasons that are true of the response, and arrives at the score that the reasons call for? Their order "
      "does not matter.\n"
      "First give your reasons in at most 80 words. Then end with one line, Better: A or Better: B or Better: tie.\n";

  std::string question(Prompt const& task, Response const& first, Response const& second) const {
    return std::string(scheme) + "\n<task>\n" + HeadToHeadRubric::shown(task.text) + "\n</task>\n<judgement A>\n" +
           without_choices(first.text) + "\n</judgement A>\n<judgement B>\n" + without_choices(second.text) +
           "\n</judgement B>\n\nGive your reasons in at most 80 words, then the line with your choice.";
  }

  Comparison parse(std::string_view text) const { return read_better(text); }
};

} // namespace srlm
