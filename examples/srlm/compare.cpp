/// compare: two models, or two files of answers, head to head.
#include "compare_sides.hpp"
#include "evaluation_json.hpp"
#include "judge_groups.hpp"
#include <srlm/data/ordered_pairs.hpp> // score_tolerance
#include <srlm/eval/length_controlled.hpp>
#include <srlm/eval/self_agreement.hpp>
#include <srlm/text/utf8.hpp> // character_count

namespace srlm::cli {

namespace {

struct CompareOptions : Common {
  std::string a, b, in, out = "-", matches;
  JudgeChoice choice;
  IntervalOptions intervals;
  Sampling sampling = {0.7f, 0.9f, 512};
  double within = 0.1;
};

/// What is asked: the lines of --in, or the prompts of the side that is a file. Two files must then answer the same.
std::vector<std::string> prompts_of(CompareOptions const& o, std::optional<AnswerFile> const& a,
                                    std::optional<AnswerFile> const& b) {
  if (!o.in.empty()) {
    return read_prompts(o.in).texts();
  }
  AnswerFile const& first = a ? *a : *b;
  if (a && b && a->prompts.size() != b->prompts.size()) {
    throw Error(o.a + " and " + o.b,
                std::to_string(a->prompts.size()) + " and " + std::to_string(b->prompts.size()) + " prompts",
                "the same prompts, or --in with those to compare on");
  }
  if (first.prompts.empty()) {
    throw Error(a ? o.a : o.b, "no answers", "at least one line {\"prompt\": ..., \"response\": ...}");
  }
  return first.prompts;
}

/// Of the first response against the second: what a comparing judge says of it, else which has the higher score.
Score points_of(JudgedGroup const& group, bool compares) {
  Score const a = group.scores.at(0), b = group.scores.at(1);
  if (compares || !a || !b) {
    return compares ? a : Score();
  }
  return *a > *b + score_tolerance ? 1.0f : *b > *a + score_tolerance ? 0.0f : 0.5f;
}

io::OrderedJson summary(CompareOptions const& o, std::span<Match const> matches, std::span<JudgedGroup const> groups) {
  BootstrapOptions const options = o.intervals.with(o.seed);
  HeadToHead const result = head_to_head(matches, options);
  auto const share = [&](std::size_t count) {
    return json_of(wilson_interval(static_cast<double>(count), static_cast<double>(result.usable()), options.level));
  };
  double length_a = 0, length_b = 0;
  for (Match const& m : matches) {
    length_a += m.length_a / static_cast<double>(matches.size());
    length_b += m.length_b / static_cast<double>(matches.size());
  }
  io::OrderedJson line{{"a", o.a},
                       {"b", o.b},
                       {"judge", o.choice.name},
                       {"judge_model", o.choice.model},
                       {"prompts", matches.size()},
                       {"unusable", result.unusable},
                       {"level", options.level},
                       {"win", share(result.wins)},
                       {"tie", share(result.ties)},
                       {"lose", share(result.losses)},
                       {"sign_test_p", result.sign_test_p},
                       {"win_rate", json_of(result.win_rate)}};
  auto const controlled = length_controlled(matches, {}, options);
  line["length_controlled_win_rate"] = json_of(controlled ? std::optional(controlled->win_rate) : std::nullopt);
  line["length_coefficient"] = number_or_null(controlled ? std::optional(controlled->fit.length) : std::nullopt);
  std::vector<Match> const near = at_matched_length(matches, o.within);
  line["matched_length"] = {
      {"within", o.within}, {"prompts", near.size()}, {"win_rate", json_of(bootstrap_ratio(points_of(near), options))}};
  line["mean_length"] = {{"a", length_a}, {"b", length_b}};
  if (o.choice.compares()) {
    std::vector<Ratio> flips, first;
    for (JudgedGroup const& group : groups) {
      flips.push_back(order_flips(group));
      first.push_back(first_position(group));
    }
    line["order_flips"] = json_of(bootstrap_ratio(flips, options));
    line["first_position"] = json_of(bootstrap_ratio(first, options));
  }
  return line;
}

int compare_sides(CompareOptions& o) {
  o.choice.check();
  if (!o.choice.is_remote() && o.choice.model.empty()) {
    throw CLI::ValidationError("--judge-model", "is required: the model that judges, which is best neither A nor B");
  }
  std::optional<AnswerFile> files[2];
  std::string const paths[2] = {o.a, o.b};
  for (std::size_t side : {0u, 1u}) {
    if (!is_model(paths[side])) {
      files[side].emplace(paths[side]);
    }
  }
  if (o.in.empty() && !files[0] && !files[1]) {
    throw CLI::ValidationError("--in", "is required for two models: lines {\"prompt\"}");
  }
  std::vector<std::string> const prompts = prompts_of(o, files[0], files[1]);
  io::JsonlWriter out(o.out, io::JsonlWriter::Mode::replace);
  std::optional<io::JsonlWriter> rows;
  if (!o.matches.empty()) {
    rows.emplace(o.matches, io::JsonlWriter::Mode::replace);
  }
  AnyBackend backend = make_backend(o);
  ProgressIfAsked progress(o.progress);
  std::vector<std::string> answers[2];
  for (std::size_t side : {0u, 1u}) { // one model in memory at a time
    if (files[side]) {
      answers[side] = answers_of(*files[side], paths[side], prompts);
    } else {
      Model model = load_model(backend, paths[side]);
      check_template({{}, paths[side]}, model, "one with a template, which its prompts need");
      answers[side] = answers_of(model, prompts, o.sampling, Seed{o.seed}.fork(side), progress);
    }
  }
  std::vector<JudgedGroup> groups;
  Seed const seed = Seed{o.seed}.fork(2);
  if (o.choice.is_remote()) {
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      groups.push_back({{prompts[i], {}}, {{answers[0][i], {}}, {answers[1][i], {}}}});
    }
    judge_groups(o.choice.make_remote(), std::span(groups), seed, progress, [](auto) {});
  } else {
    Model model = load_model(backend, o.choice.model);
    check_template({{}, o.choice.model}, model, "one with a template, which the judge's question needs");
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      groups.push_back(group_of(model, prompts[i], {answers[0][i], answers[1][i]}));
    }
    JudgeChoice itself = o.choice; // the model that is asked is the policy here
    itself.model.clear();
    AnyJudge judge = itself.make(backend);
    judge_groups(model, judge, std::span(groups), seed, progress, [](auto) {});
  }
  std::vector<Match> matches;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    auto const length = [&](std::size_t side) { // in characters, as AlpacaEval counts
      return static_cast<double>(text::character_count(answers[side][i]));
    };
    matches.push_back({points_of(groups[i], o.choice.compares()), length(0), length(1)});
    if (rows) {
      rows->append(io::OrderedJson{{"prompt", prompts[i]},
                                   {"a", answers[0][i]},
                                   {"b", answers[1][i]},
                                   {"points", score_json(matches.back().points)},
                                   {"verdicts", verdicts_json(groups[i])}});
    }
  }
  out.append(summary(o, matches, groups));
  out.close();
  if (rows) {
    rows->close();
  }
  return 0;
}

} // namespace

Action add_compare(CLI::App& app) {
  auto const o = std::make_shared<CompareOptions>();
  app.add_option("A", o->a, "a model, or a file of lines {\"prompt\", \"response\"}")->required();
  app.add_option("B", o->b, "the same")->required();
  o->add_without_model(app);
  app.add_option("--in", o->in, "lines {\"prompt\"} to compare on; without it those of the file of answers");
  app.add_option("--out", o->out, "one JSON object; -: stdout")->capture_default_str();
  app.add_option("--matches", o->matches, "also a line a prompt: both answers, A's points, and all verdicts");
  o->choice.name = PairwiseJudge<>::name;
  o->choice.llm.votes = 1;
  o->choice.add(app);
  o->choice.add_sampling(app, "judge-");
  app.add_option("--temperature", o->sampling.temperature, "of the models' answers; 0: greedy")
      ->check(CLI::Range(0.0, 100.0))
      ->capture_default_str();
  app.add_option("--top-p", o->sampling.top_p, "of the models' answers")
      ->check(CLI::Range(1e-6, 1.0))
      ->capture_default_str();
  app.add_option("--max-new-tokens", o->sampling.max_new_tokens, "length limit of an answer")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--within", o->within, "matched length: lengths that differ by at most this share of the longer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  o->intervals.add(app);
  return [o] { return compare_sides(*o); };
}

} // namespace srlm::cli
