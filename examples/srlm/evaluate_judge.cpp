/// evaluate-judge: how good a judge is, on responses whose true order is known.
#include "adapter_options.hpp"
#include "data_input.hpp"
#include "evaluation_json.hpp"
#include "judge_groups.hpp"
#include <srlm/eval/judge_quality.hpp>
#include <srlm/eval/score_histogram.hpp>
#include <srlm/eval/self_agreement.hpp>

namespace srlm::cli {

namespace {

struct EvaluateJudgeOptions : Common, Lines, AdapterOption {
  DataChoice data;
  JudgeChoice choice;
  IntervalOptions intervals;
  std::string split = "all";
};

/// How often the judge gave which score, and how often none, by cause.
io::OrderedJson spread_of(std::span<JudgedGroup const> groups, ScoreScale const& scale) {
  std::vector<Score> scores;
  for (JudgedGroup const& group : groups) {
    scores.insert(scores.end(), group.scores.begin(), group.scores.end());
  }
  int const lowest = static_cast<int>(scale.lowest), highest = static_cast<int>(scale.highest);
  ScoreHistogram const histogram = score_histogram(scores, lowest, highest);
  io::OrderedJson counts;
  for (std::size_t k = 0; k < histogram.counts.size(); ++k) {
    counts[std::to_string(lowest + static_cast<int>(k))] = histogram.counts[k];
  }
  counts["none"] = histogram.missing;
  return {{"scores", std::move(counts)},
          {"mean_score", number_or_null(histogram.mean())},
          {"share_in_top_two", number_or_null(histogram.share_from(highest - 1))}};
}

/// Verdicts, those that gave no score by their causes, and how far the judge agrees with itself.
io::OrderedJson votes_of(std::span<JudgedGroup const> groups, bool compares, BootstrapOptions const& options) {
  std::size_t verdicts = 0;
  std::map<std::string, std::size_t> unusable;
  std::vector<Ratio> equal, flips, first;
  for (JudgedGroup const& group : groups) {
    for (std::vector<Verdict> const& votes : group.verdicts) {
      for (Verdict const& vote : votes) {
        ++verdicts;
        if (!vote.score) {
          ++unusable[std::string(name_of(vote.cause))];
        }
      }
    }
    if (compares) {
      flips.push_back(order_flips(group));
      first.push_back(first_position(group));
    } else {
      equal.push_back(equal_votes(group));
    }
  }
  io::OrderedJson json{{"verdicts", verdicts}, {"unusable", unusable}};
  if (compares) {
    json["order_flips"] = json_of(bootstrap_ratio(flips, options));
    json["first_position"] = json_of(bootstrap_ratio(first, options));
  } else {
    json["equal_votes"] = json_of(bootstrap_ratio(equal, options));
    json["krippendorff_alpha"] = json_of(krippendorff_alpha(groups, options));
  }
  return json;
}

} // namespace

Action add_evaluate_judge(CLI::App& app) {
  auto const o = std::make_shared<EvaluateJudgeOptions>();
  o->Common::add(app);
  o->Lines::add(app);
  o->add_adapter(app);
  o->data.add(app);
  app.add_option("--split", o->split, "of the seeds: all, train or held_out")
      ->check(CLI::IsMember({"all", "train", "held_out"}))
      ->capture_default_str();
  o->choice.add(app);
  o->choice.add_sampling(app);
  o->intervals.add(app);
  return [o] {
    o->choice.check();
    (void)o->data.options(SeedsFormat::name);
    AnyBackend backend = make_backend(*o);
    Model model = o->load(backend, o->model);
    std::vector<SeedExample> seeds = seeds_of(o->in, o->data);
    std::erase_if(seeds,
                  [&](SeedExample const& s) { return o->split != "all" && s.held_out != (o->split == "held_out"); });
    if (seeds.empty()) {
      throw Error(o->in, "no prompt of the split " + o->split, "at least one");
    }
    io::JsonlWriter out(o->out, io::JsonlWriter::Mode::replace);
    AnyJudge judge = o->choice.make(backend);
    std::vector<JudgedGroup> groups;
    std::vector<RankedGroup> ranked;
    std::size_t responses = 0;
    check_template({{}, o->in}, model, "one with a template, which the judge's question needs");
    for (SeedExample const& seed : seeds) {
      std::vector<std::string> texts;
      ranked.emplace_back();
      for (RankedAnswer const& answer : seed.answers) {
        texts.push_back(answer.text);
        ranked.back().truth.push_back(-answer.rank); // rank 0 is the best
      }
      responses += texts.size();
      groups.push_back(group_of(model, seed.prompt, texts));
    }
    ProgressIfAsked progress(o->progress);
    judge_groups(model, judge, std::span(groups), Seed{o->seed}, progress, [](auto) {});
    for (std::size_t i = 0; i < groups.size(); ++i) {
      ranked[i].scores = groups[i].scores;
    }
    BootstrapOptions const options = o->intervals.with(o->seed);
    auto const scale = o->choice.scale();
    std::string const rubric = o->choice.compares() ? std::string(HeadToHeadRubric::name) : o->choice.rubric;
    io::OrderedJson line{{"model", o->model},
                         {"judge", o->choice.name},
                         {"rubric", scale ? io::OrderedJson(rubric) : io::OrderedJson(nullptr)},
                         {"prompts", seeds.size()},
                         {"responses", responses},
                         {"level", options.level}};
    for (MeasuredQuality const& quality :
         judge_quality(ranked, options, scale ? scale->highest : std::numeric_limits<float>::infinity())) {
      io::OrderedJson measure = json_of(quality.estimate);
      if (quality.estimate) {
        measure["of"] = quality.counted;
      }
      line[std::string(quality.name)] = std::move(measure);
    }
    line.update(votes_of(groups, o->choice.compares(), options));
    if (scale) {
      line.update(spread_of(groups, *scale));
    }
    out.append(line);
    out.close();
    return 0;
  };
}

} // namespace srlm::cli
