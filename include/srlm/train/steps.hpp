/// The steps of one turn, between the page that names them (self_rewarding.hpp) and the parts that do the work. Each
/// works in units that the journal remembers.
#pragma once
#include <srlm/concepts/judge.hpp>
#include <srlm/concepts/pair_selector.hpp>
#include <srlm/concepts/preference_optimizer.hpp>
#include <srlm/concepts/prompt_source.hpp>
#include <srlm/concepts/turn.hpp>
#include <srlm/data/finished.hpp>
#include <srlm/train/reference.hpp>
#include <algorithm> // min

namespace srlm {

inline constexpr std::size_t unit_groups = 16; ///< prompts (with all their candidates) of one unit of work

inline std::size_t tokens_of(std::span<JudgedGroup const> groups) {
  std::size_t n = 0;
  for (JudgedGroup const& group : groups) {
    for (Response const& response : group.responses) {
      n += response.tokens.size();
    }
  }
  return n;
}

/// Refuses a prompt that leaves no room for an answer, where the model knows its context, before work is lost.
template <class P>
void check_room(P const& policy, std::span<Prompt const> prompts) {
  if constexpr (ContextAware<P>) {
    std::size_t const context = policy.context_length();
    for (Prompt const& prompt : prompts) {
      if (prompt.tokens.size() >= context) {
        throw Error("the prompt \"" + prompt.text.substr(0, 60) + "\"",
                    std::to_string(prompt.tokens.size()) + " tokens",
                    "less than the context of " + std::to_string(context) + ", to leave room for an answer");
      }
    }
  }
}

/// x ~ prompts. Up to n new prompts, in units; a source that remembers what it gave is told what the journal recalls.
template <Generator P, PromptSource<P> X, class Turn>
std::vector<Prompt> new_prompts(Turn const& turn, P& policy, X& prompts, std::size_t n, Seed seed) {
  turn.notify(StageBegan{turn.t(), Stage::prompts, n, unit_groups});
  std::vector<Prompt> all;
  for (std::size_t first = 0, unit = 0; first < n && !turn.stopped(); first += unit_groups, ++unit) {
    bool computed = false;
    auto part = turn.template once<std::vector<Prompt>>(Stage::prompts, unit, [&] {
      computed = true;
      auto given = prompts.next(policy, std::min(unit_groups, n - first), seed.fork(unit));
      check_room(std::as_const(policy), given);
      return given;
    });
    if constexpr (requires { prompts.remember(std::span<Prompt const>(part)); }) {
      if (!computed) {
        prompts.remember(std::span<Prompt const>(part));
      }
    }
    for (Prompt& prompt : part) {
      all.push_back(std::move(prompt));
    }
    turn.notify(StageAdvanced{turn.t(), Stage::prompts, all.size(), n, 0});
  }
  return all;
}

/// y^1..N ~ M_t(. | x).
template <Generator P, class Turn>
std::vector<JudgedGroup> sample_candidates(Turn const& turn, P& policy, std::vector<Prompt> const& prompts,
                                           std::size_t candidates, Sampling const& sampling, Seed seed) {
  turn.notify(StageBegan{turn.t(), Stage::candidates, prompts.size(), unit_groups});
  std::vector<JudgedGroup> all;
  for (std::size_t first = 0, unit = 0; first < prompts.size() && !turn.stopped(); first += unit_groups, ++unit) {
    std::size_t const count = std::min(unit_groups, prompts.size() - first);
    auto part = turn.template once<std::vector<JudgedGroup>>(Stage::candidates, unit, [&] {
      std::vector<GenerationRequest> requests;
      for (std::size_t g = first; g < first + count; ++g) {
        for (std::size_t i = 0; i < candidates; ++i) {
          requests.push_back({prompts[g].tokens, seed.fork(g).fork(i)});
        }
      }
      std::vector<Tokens> answers = policy.generate(requests, sampling);
      std::vector<JudgedGroup> groups;
      for (std::size_t g = 0; g < count; ++g) {
        JudgedGroup group{prompts[first + g], {}};
        for (std::size_t i = 0; i < candidates; ++i) {
          Tokens& tokens = answers[g * candidates + i];
          auto const& tokenizer = std::as_const(policy).tokenizer();
          bool const finished = is_finished(tokenizer, tokens, sampling);
          std::string text = tokenizer.decode(tokens);
          group.responses.push_back({std::move(text), std::move(tokens), finished});
        }
        groups.push_back(std::move(group));
      }
      return groups;
    });
    require(part.size() == count, "candidates", "another number of groups than of prompts",
            "as many (a damaged journal?)");
    std::size_t const tokens = tokens_of(part);
    for (JudgedGroup& group : part) {
      all.push_back(std::move(group));
    }
    turn.notify(StageAdvanced{turn.t(), Stage::candidates, all.size(), prompts.size(), tokens});
  }
  return all;
}

/// r^n = judge(M_t, x, y^n). stage: verdicts in the loop, judgement_data when EFT is built.
template <Generator P, Judge<P> J, class Turn>
void judge_candidates(Turn const& turn, P& policy, J& judge, std::vector<JudgedGroup>& groups, Seed seed,
                      Stage stage = Stage::verdicts) {
  turn.notify(StageBegan{turn.t(), stage, groups.size(), unit_groups});
  for (std::size_t first = 0, unit = 0; first < groups.size() && !turn.stopped(); first += unit_groups, ++unit) {
    std::size_t const count = std::min(unit_groups, groups.size() - first);
    auto part = turn.template once<std::vector<JudgedGroup>>(stage, unit, [&] {
      std::vector<JudgedGroup> judged(groups.begin() + static_cast<std::ptrdiff_t>(first),
                                      groups.begin() + static_cast<std::ptrdiff_t>(first + count));
      judge.score(policy, std::span(judged), seed.fork(unit));
      for (JudgedGroup const& group : judged) {
        require(group.scores.size() == group.responses.size(), "judge", "a group whose scores are not one a response",
                "group.scores filled, nullopt where there is none");
      }
      return judged;
    });
    require(part.size() == count, "verdicts", "another number of groups than was judged",
            "as many (a damaged journal?)");
    std::move(part.begin(), part.end(), groups.begin() + static_cast<std::ptrdiff_t>(first));
    turn.notify(StageAdvanced{turn.t(), stage, first + count, groups.size(), 0});
  }
}

/// What the selected pairs and the judging behind them look like.
inline PairsSelected describe(int t, std::span<JudgedGroup const> groups, std::size_t pairs) {
  PairsSelected e;
  e.t = t;
  e.groups = groups.size();
  e.pairs = pairs;
  std::size_t finished = 0;
  double score = 0, length = 0;
  for (JudgedGroup const& group : groups) {
    for (Response const& response : group.responses) {
      ++e.responses;
      length += static_cast<double>(response.tokens.size());
      finished += response.finished ? 1 : 0;
    }
    for (Score s : group.scores) {
      if (s) {
        e.scores.push_back(*s);
        score += static_cast<double>(*s);
      }
    }
    for (auto const& verdicts : group.verdicts) {
      for (Verdict const& verdict : verdicts) {
        ++e.verdicts;
        if (verdict.score) {
          ++e.usable_verdicts;
        } else {
          ++e.unusable[name_of(verdict.cause)];
        }
      }
    }
  }
  auto const mean = [](double sum, std::size_t n) { return n > 0 ? sum / static_cast<double>(n) : 0.0; };
  e.mean_score = mean(score, e.scores.size());
  e.mean_length = mean(length, e.responses);
  e.finished_share = mean(static_cast<double>(finished), e.responses);
  return e;
}

/// By how much the judge prefers each chosen answer, where it gave both a score.
inline std::vector<float> score_gaps(std::span<PreferencePair const> pairs) {
  std::vector<float> gaps;
  for (PreferencePair const& pair : pairs) {
    if (pair.chosen_score && pair.rejected_score) {
      gaps.push_back(*pair.chosen_score - *pair.rejected_score);
    }
  }
  return gaps;
}

/// What one selector makes of all groups, told to the observers with the reasons why groups gave nothing.
template <PairSelector S, class Turn>
std::vector<PreferencePair> pairs_of(Turn const& turn, S const& select, std::span<JudgedGroup const> groups,
                                     Seed seed) {
  std::vector<PreferencePair> pairs;
  std::map<std::string_view, std::size_t> without_pair;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    JudgedGroup const& group = groups[g];
    std::vector<WinnerLoser> const selected = select(group, seed.fork(g));
    for (auto [winner, loser] : selected) {
      pairs.push_back({group.prompt, group.responses.at(winner), group.responses.at(loser), group.scores.at(winner),
                       group.scores.at(loser)});
      pairs.back().consistency = group.consistency;
    }
    if constexpr (requires { std::string_view(name_of(select.reason(group))); }) {
      if (selected.empty()) {
        ++without_pair[name_of(select.reason(group))];
      }
    }
  }
  PairsSelected told = describe(turn.t(), groups, pairs.size());
  told.without_pair = std::move(without_pair);
  told.gaps = score_gaps(pairs);
  turn.notify(told);
  return pairs;
}

/// D_t = {(x, y_w, y_l)}. A selector that changes over the turns is asked for this one's.
template <PairSelector S, class Turn>
std::vector<PreferencePair> select_pairs(Turn const& turn, S const& select, std::span<JudgedGroup const> groups,
                                         Seed seed) {
  if (turn.stopped()) { // not all groups are here
    return {};
  }
  if constexpr (requires {
                  { select.at(turn.t()) } -> std::same_as<S>;
                }) {
    return pairs_of(turn, select.at(turn.t()), groups, seed);
  } else {
    return pairs_of(turn, select, groups, seed);
  }
}

/// log pi_ref of both answers of each pair, recorded: pi_ref = M_t, or what the optimizer has for a reference.
template <LogProbModel P, class O, class Turn>
void record_reference(Turn const& turn, P& policy, O& optimize, std::vector<PreferencePair>& pairs) {
  if (turn.stopped()) {
    return;
  }
  pairs = turn.template once<std::vector<PreferencePair>>(Stage::pairs, 0, [&] {
    if constexpr (requires { optimize.record_reference(policy, std::span(pairs)); }) {
      optimize.record_reference(policy, std::span(pairs));
    } else {
      record_reference(policy, std::span(pairs));
    }
    return std::move(pairs);
  });
}

/// M_{t+1} = optimize(M_t, D_t). An optimizer of the user's need not know of turns.
template <Policy P, PreferenceOptimizer<P> O, class Turn>
Control learn(Turn const& turn, P& policy, O& optimize, std::span<PreferencePair const> pairs, Seed seed) {
  if (pairs.empty() || turn.stopped()) {
    return Control::stop;
  }
  if constexpr (requires { optimize.fit(policy, pairs, seed, turn); }) {
    return optimize.fit(policy, pairs, seed, turn);
  } else {
    optimize.fit(policy, pairs, seed);
    return Control::proceed;
  }
}

} // namespace srlm
