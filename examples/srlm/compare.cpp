/// compare: two models, or two files of answers, head to head.
#include "matches.hpp"
#include <srlm/eval/length_controlled.hpp>
#include <srlm/eval/self_agreement.hpp>

namespace srlm::cli {

namespace {

struct CompareOptions : MatchOptions {
  std::string a, b, difficulties;
  double within = 0.1;
};

/// One a prompt, from lines {"prompt", "difficulty"}; empty without a file.
/// Throws: Error for a bad line and for a prompt that the file does not have.
std::vector<double> difficulties_of(std::vector<std::string> const& prompts, std::string const& path) {
  std::vector<double> all;
  if (path.empty()) {
    return all;
  }
  std::map<std::string, double> known;
  for (InputLine const& line : read_lines(path)) {
    known[io::required_string(line.json, "prompt", line.where)] =
        io::required_number(line.json, "difficulty", line.where);
  }
  for (std::string const& prompt : prompts) {
    auto const found = known.find(prompt);
    if (found == known.end()) {
      throw Error(path, "no difficulty of " + io::excerpt(prompt), "one of every prompt of the comparison");
    }
    all.push_back(found->second);
  }
  return all;
}

io::OrderedJson summary(CompareOptions const& o, std::span<Match const> matches, std::span<JudgedGroup const> groups,
                        std::span<double const> difficulties) {
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
  auto const controlled = length_controlled(matches, difficulties, options);
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

int compare_sides(CompareOptions const& o) {
  o.check();
  Sides const sides({o.a, o.b}, o.in);
  std::vector<std::string> const& prompts = sides.prompts();
  std::vector<double> const difficulties = difficulties_of(prompts, o.difficulties);
  io::JsonlWriter out(o.out, io::JsonlWriter::Mode::replace);
  std::optional<io::JsonlWriter> rows;
  if (!o.matches.empty()) {
    rows.emplace(o.matches, io::JsonlWriter::Mode::replace);
  }
  AnyBackend backend = make_backend(o);
  ProgressIfAsked progress(o.progress);
  auto const answers = sides.answers(backend, o.sampling, Seed{o.seed}, progress);
  std::vector<JudgedGroup> const groups =
      MatchJudge(backend, o.choice).judge(prompts, answers[0], answers[1], Seed{o.seed}.fork(2), progress);
  std::vector<Match> matches;
  for (JudgedGroup const& group : groups) {
    matches.push_back(match_of(group, o.choice.compares()));
    if (rows) {
      rows->append(match_json(o.a, o.b, group, matches.back()));
    }
  }
  out.append(summary(o, matches, groups, difficulties));
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
  o->add(app);
  app.add_option(
      "--difficulties", o->difficulties,
      "of the prompts, for the length-controlled win rate: lines {\"prompt\", \"difficulty\"} of `srlm rate`");
  app.add_option("--within", o->within, "matched length: lengths that differ by at most this share of the longer")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  return [o] { return compare_sides(*o); };
}

} // namespace srlm::cli
