/// Given responses under a judge, a few prompts at a time: what `judge`, `evaluate-judge` and `compare` share.
#pragma once
#include "any_judge.hpp"
#include "command.hpp"

namespace srlm::cli {

/// A prompt and its responses, with the ids that the model has for them.
inline JudgedGroup group_of(Model const& model, std::string prompt, std::vector<std::string> const& responses) {
  JudgedGroup group{{std::move(prompt), {}}, {}};
  group.prompt.tokens = model.tokenizer().encode_prompt(group.prompt.text);
  for (std::string const& text : responses) {
    group.responses.push_back({text, model.tokenizer().encode_response(text)});
  }
  return group;
}

/// Fills the groups' verdicts and scores by score(groups, seed), and calls judged(groups) for each part of them when it
/// is done. A judge that fails ends it with the parts before done.
template <class ScoreGroups, class Judged>
void judge_groups(ScoreGroups&& score, std::span<JudgedGroup> groups, Seed seed, ProgressIfAsked& progress,
                  Judged&& judged) {
  constexpr std::size_t at_once = 16;
  progress(StageBegan{0, Stage::verdicts, groups.size(), at_once});
  for (std::size_t first = 0; first < groups.size(); first += at_once) {
    auto const part = groups.subspan(first, std::min(at_once, groups.size() - first));
    score(part, seed.fork(first / at_once));
    judged(std::span<JudgedGroup const>(part));
    progress(StageAdvanced{0, Stage::verdicts, first + part.size(), groups.size(), 0});
  }
}

/// The same with a judge that asks this model.
template <class Judged>
void judge_groups(Model& model, AnyJudge& judge, std::span<JudgedGroup> groups, Seed seed, ProgressIfAsked& progress,
                  Judged&& judged) {
  model.on_generation = [&](GenerationAdvanced const& e) { progress(e); };
  judge_groups([&](std::span<JudgedGroup> part, Seed own) { judge.score(model, part, own); }, groups, seed, progress,
               judged);
}

} // namespace srlm::cli
