/// rate: ratings of several models from their matches: judged here, or by `compare` before.
#include "matches.hpp"
#include <srlm/eval/prompt_difficulty.hpp>
#include <srlm/eval/ratings.hpp>

namespace srlm::cli {

namespace {

struct RateOptions : MatchOptions {
  std::vector<std::string> sides, from;
  std::string baseline, difficulties;
};

/// Every side against every later one on every prompt. Determinism: match k of the sides draws from
/// seed.fork(number of sides).fork(k).
void play(RateOptions const& o, MatchTable& table, std::optional<io::JsonlWriter>& lines) {
  Sides const sides(o.sides, o.in);
  AnyBackend backend = make_backend(o);
  ProgressIfAsked progress(o.progress);
  auto const answers = sides.answers(backend, o.sampling, Seed{o.seed}, progress);
  MatchJudge judge(backend, o.choice);
  Seed const seed = Seed{o.seed}.fork(answers.size());
  std::uint64_t pairing = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    for (std::size_t j = i + 1; j < answers.size(); ++j) {
      for (JudgedGroup const& group :
           judge.judge(sides.prompts(), answers[i], answers[j], seed.fork(pairing++), progress)) {
        Match const match = match_of(group, o.choice.compares());
        table.add(o.sides[i], o.sides[j], group.prompt.text, match, o.sides[i] + " and " + o.sides[j]);
        if (lines) {
          lines->append(match_json(o.sides[i], o.sides[j], group, match));
        }
      }
    }
  }
}

/// Length-controlled against the baseline, with difficulties that all models share where there are two or more.
JointlyLengthControlled against(std::vector<std::vector<Match>> const& matches, BootstrapOptions const& options) {
  if (matches.size() > 1) {
    return jointly_length_controlled(matches, options);
  }
  return {{}, {length_controlled(matches.front(), {}, options)}};
}

io::OrderedJson ratings_json(MatchTable const& table, std::size_t baseline, JointlyLengthControlled const& controlled,
                             std::vector<std::vector<Match>> const& against_baseline, BootstrapOptions const& options) {
  std::vector<Game> games;
  std::vector<std::size_t> played(table.sides.size());
  std::vector<Ratio> points(table.sides.size()), length(table.sides.size());
  for (MatchTable::Row const& row : table.rows) {
    length[row.a] += {row.match.length_a, 1};
    length[row.b] += {row.match.length_b, 1};
    if (row.match.points) {
      double const p = static_cast<double>(*row.match.points);
      games.push_back({row.prompt, row.a, row.b, p});
      points[row.a] += {p, 1};
      points[row.b] += {1 - p, 1};
      ++played[row.a];
      ++played[row.b];
    }
  }
  std::vector<Estimate> const ratings = model_ratings(games, table.sides.size(), table.prompts.size(), options);
  std::vector<std::size_t> order = every_prompt(table.sides.size());
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return ratings[a].value > ratings[b].value; });
  io::OrderedJson models = io::OrderedJson::array();
  for (std::size_t m : order) {
    io::OrderedJson line{{"model", table.sides[m]},
                         {"games", played[m]},
                         {"points", number_or_null(points[m].value())},
                         {"mean_length", number_or_null(length[m].value())},
                         {"rating", json_of(ratings[m])}};
    if (m != baseline) {
      std::size_t const place = m < baseline ? m : m - 1;
      auto const& fit = controlled.models[place];
      line["win_rate"] = json_of(bootstrap_ratio(points_of(against_baseline[place]), options));
      line["length_controlled_win_rate"] = json_of(fit ? std::optional(fit->win_rate) : std::nullopt);
    }
    models.push_back(std::move(line));
  }
  return {{"prompts", table.prompts.size()},
          {"games", games.size()},
          {"unusable", table.rows.size() - games.size()},
          {"level", options.level},
          {"baseline", table.sides[baseline]},
          {"models", std::move(models)}};
}

int rate(RateOptions const& o) {
  if (o.sides.empty() && o.from.empty()) {
    throw CLI::ValidationError("SIDES", "or --from is required: what is to be rated, or its matches");
  }
  if (!o.sides.empty()) {
    o.check();
  }
  if (o.sides.size() == 1 && o.from.empty()) {
    throw CLI::ValidationError("SIDES", "are two at least");
  }
  MatchTable table;
  for (std::string const& path : o.from) {
    read_matches(path, table);
  }
  io::JsonlWriter out(o.out, io::JsonlWriter::Mode::replace);
  std::optional<io::JsonlWriter> lines, difficulties;
  if (!o.matches.empty()) {
    lines.emplace(o.matches, io::JsonlWriter::Mode::replace);
  }
  if (!o.difficulties.empty()) {
    difficulties.emplace(o.difficulties, io::JsonlWriter::Mode::replace);
  }
  if (o.sides.size() > 1) {
    play(o, table, lines);
  }
  require(!table.rows.empty(), "rate", "no matches", "at least one");
  auto const found = std::find(table.sides.begin(), table.sides.end(), o.baseline);
  if (!o.baseline.empty() && found == table.sides.end()) {
    throw Error("--baseline", o.baseline, "a side of the matches");
  }
  auto const baseline = o.baseline.empty() ? 0 : static_cast<std::size_t>(found - table.sides.begin());
  std::vector<std::vector<Match>> matches;
  for (std::size_t m = 0; m < table.sides.size(); ++m) {
    if (m != baseline) {
      matches.push_back(table.between(m, baseline));
    }
  }
  BootstrapOptions const options = o.intervals.with(o.seed);
  JointlyLengthControlled const controlled = against(matches, options);
  out.append(ratings_json(table, baseline, controlled, matches, options));
  out.close();
  if (difficulties) {
    for (std::size_t x = 0; x < controlled.difficulty.size(); ++x) {
      difficulties->append(io::OrderedJson{{"prompt", table.prompts[x]}, {"difficulty", controlled.difficulty[x]}});
    }
    difficulties->close();
  }
  if (lines) {
    lines->close();
  }
  return 0;
}

} // namespace

Action add_rate(CLI::App& app) {
  auto const o = std::make_shared<RateOptions>();
  auto const all = CLI::MultiOptionPolicy::TakeAll;
  app.add_option("SIDES", o->sides, "models, or files of lines {\"prompt\", \"response\"}: each against each")
      ->multi_option_policy(all);
  app.add_option("--from", o->from, "a file of matches that compare or rate wrote (--matches); may be given again")
      ->multi_option_policy(all)
      ->allow_extra_args(false);
  o->add(app);
  app.add_option("--baseline", o->baseline, "whom the win rates are against; default: the first side");
  app.add_option("--difficulties", o->difficulties,
                 "also a line {\"prompt\", \"difficulty\"} a prompt, for compare --difficulties");
  return [o] { return rate(*o); };
}

} // namespace srlm::cli
