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

inline io::OrderedJson score_json(Score score) { return score ? io::OrderedJson(*score) : io::OrderedJson(nullptr); }

inline io::OrderedJson scores_json(JudgedGroup const& group) {
  io::OrderedJson scores = io::OrderedJson::array();
  for (Score score : group.scores) {
    scores.push_back(score_json(score));
  }
  return scores;
}

/// A list of verdicts a response. Texts are strings; bytes that are not UTF-8 become U+FFFD when the line is written.
inline io::OrderedJson verdicts_json(JudgedGroup const& group) {
  io::OrderedJson verdicts = io::OrderedJson::array();
  for (std::vector<Verdict> const& votes : group.verdicts) {
    io::OrderedJson list = io::OrderedJson::array();
    for (Verdict const& vote : votes) {
      list.push_back(
          {{"score", score_json(vote.score)}, {"cause", std::string(name_of(vote.cause))}, {"text", vote.text}});
    }
    verdicts.push_back(std::move(list));
  }
  return verdicts;
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
