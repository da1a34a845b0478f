/// Matches of two sides on prompts: judged, written a line each, and read again. What `compare` and `rate` share.
#pragma once
#include "compare_sides.hpp"
#include "evaluation_json.hpp"
#include "judge_groups.hpp"
#include <srlm/data/ordered_pairs.hpp> // score_tolerance
#include <srlm/eval/head_to_head.hpp>
#include <srlm/text/utf8.hpp> // character_count
#include <set>
#include <tuple>

namespace srlm::cli {

/// The options of judging sides against each other.
struct MatchOptions : Common {
  std::string in, out = "-", matches;
  JudgeChoice choice;
  IntervalOptions intervals;
  Sampling sampling = {0.7f, 0.9f, 512};

  void add(CLI::App& app) {
    add_without_model(app);
    app.add_option("--in", in, "lines {\"prompt\"} to compare on; without it those of the file of answers");
    app.add_option("--out", out, "one JSON object; -: stdout")->capture_default_str();
    app.add_option("--matches", matches, "also a line a match: both answers, the first one's points, and all verdicts");
    choice.name = PairwiseJudge<>::name;
    choice.llm.votes = 1;
    choice.add(app);
    choice.add_sampling(app, "judge-");
    app.add_option("--temperature", sampling.temperature, "of the models' answers; 0: greedy")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app.add_option("--top-p", sampling.top_p, "of the models' answers")
        ->check(CLI::Range(1e-6, 1.0))
        ->capture_default_str();
    app.add_option("--max-new-tokens", sampling.max_new_tokens, "length limit of an answer")
        ->check(CLI::Range(1, 1 << 20))
        ->capture_default_str();
    intervals.add(app);
  }

  void check() const {
    choice.check();
    if (!choice.is_remote() && choice.model.empty()) {
      throw CLI::ValidationError("--judge-model",
                                 "is required: the model that judges, which is best none of the sides");
    }
  }
};

/// Judges the answers of two sides: by a server, or by a model of its own, which is loaded once.
class MatchJudge {
 public:
  MatchJudge(AnyBackend& backend, JudgeChoice const& choice) {
    if (choice.is_remote()) {
      remote_ = choice.make_remote();
      return;
    }
    model_.emplace(load_model(backend, choice.model));
    check_template({{}, choice.model}, *model_, "one with a template, which the judge's question needs");
    JudgeChoice itself = choice; // the model that is asked is the policy here
    itself.model.clear();
    judge_.emplace(itself.make(backend));
  }

  /// Group i: the answers a[i] and b[i] to prompt i.
  std::vector<JudgedGroup> judge(std::vector<std::string> const& prompts, std::vector<std::string> const& a,
                                 std::vector<std::string> const& b, Seed seed, ProgressIfAsked& progress) {
    std::vector<JudgedGroup> groups;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      groups.push_back(model_ ? group_of(*model_, prompts[i], {a[i], b[i]})
                              : JudgedGroup{{prompts[i], {}}, {{a[i], {}}, {b[i], {}}}});
    }
    if (model_) {
      judge_groups(*model_, *judge_, std::span(groups), seed, progress, [](auto) {});
    } else {
      judge_groups(remote_, std::span(groups), seed, progress, [](auto) {});
    }
    return groups;
  }

 private:
  std::function<void(std::span<JudgedGroup>, Seed)> remote_;
  std::optional<Model> model_;
  std::optional<AnyJudge> judge_;
};

/// Lengths are in characters, as AlpacaEval counts.
inline Match match_of(Score points, std::string const& a, std::string const& b) {
  return {points, static_cast<double>(text::character_count(a)), static_cast<double>(text::character_count(b))};
}

/// Of the first response against the second: what a comparing judge says of it, else which has the higher score.
inline Match match_of(JudgedGroup const& group, bool compares) {
  Score const a = group.scores.at(0), b = group.scores.at(1);
  Score points = compares ? a : Score();
  if (!compares && a && b) {
    points = *a > *b + score_tolerance ? 1.0f : *b > *a + score_tolerance ? 0.0f : 0.5f;
  }
  return match_of(points, group.responses[0].text, group.responses[1].text);
}

/// A line of --matches. sides: the names of the first and the second.
inline io::OrderedJson match_json(std::string const& a, std::string const& b, JudgedGroup const& group,
                                  Match const& match) {
  return {{"sides", {a, b}},
          {"prompt", group.prompt.text},
          {"a", group.responses[0].text},
          {"b", group.responses[1].text},
          {"points", score_json(match.points)},
          {"verdicts", verdicts_json(group)}};
}

/// Matches of several sides on several prompts, each side and prompt by its place.
struct MatchTable {
  struct Row {
    std::size_t prompt, a, b;
    Match match;
  };
  std::vector<std::string> sides, prompts;
  std::vector<Row> rows;

  /// Throws: Error at where for a match that is there already.
  void add(std::string const& a, std::string const& b, std::string const& prompt, Match const& match,
           std::string const& where) {
    std::size_t const x = place(prompts, prompt_places_, prompt), i = place(sides, side_places_, a),
                      j = place(sides, side_places_, b);
    if (!seen_.emplace(x, std::min(i, j), std::max(i, j)).second) {
      throw Error(where, "a match of an earlier line: the same sides on the same prompt", "each match once");
    }
    rows.push_back({x, i, j, match});
  }

  /// The matches of one side against another, one a prompt; unusable where they did not meet.
  std::vector<Match> between(std::size_t side, std::size_t other) const {
    std::vector<Match> matches(prompts.size());
    for (Row const& row : rows) {
      if (row.a == side && row.b == other) {
        matches[row.prompt] = row.match;
      } else if (row.a == other && row.b == side) {
        Match const& m = row.match;
        matches[row.prompt] = {m.points ? Score(1 - *m.points) : Score(), m.length_b, m.length_a};
      }
    }
    return matches;
  }

 private:
  using Places = std::map<std::string, std::size_t>;

  static std::size_t place(std::vector<std::string>& names, Places& places, std::string const& name) {
    auto const [found, is_new] = places.emplace(name, names.size());
    if (is_new) {
      names.push_back(name);
    }
    return found->second;
  }

  Places side_places_, prompt_places_;
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> seen_;
};

/// Adds the lines that `compare` or `rate` wrote with --matches.
/// Throws: Error "file:line: ..." for a line that is none of theirs and for a match that is there already.
inline void read_matches(std::string const& path, MatchTable& table) {
  for (InputLine const& line : read_lines(path)) {
    io::Json const& sides = io::required_array(line.json, "sides", line.where);
    if (sides.size() != 2 || !sides[0].is_string() || !sides[1].is_string() || sides[0] == sides[1]) {
      throw Error(line.where + ": sides", io::excerpt(sides), "the names of two sides");
    }
    auto const points = io::optional_number(line.json, "points", line.where);
    if (points && !(*points >= 0 && *points <= 1)) {
      throw Error(line.where + ": points", std::to_string(*points), "a number from 0 to 1, or null");
    }
    table.add(
        sides[0], sides[1], io::required_string(line.json, "prompt", line.where),
        match_of(points ? Score(static_cast<float>(*points)) : Score(), io::required_string(line.json, "a", line.where),
                 io::required_string(line.json, "b", line.where)),
        line.where);
  }
}

} // namespace srlm::cli
