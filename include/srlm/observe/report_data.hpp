/// What a report shows, read from a run's folder: as far as the journal is whole, and without the run's lock, so also
/// while the run is going on.
#pragma once
#include <srlm/eval/bootstrap.hpp>
#include <srlm/io/fingerprint.hpp>
#include <srlm/observe/comparisons.hpp>
#include <srlm/observe/results_table.hpp>
#include <srlm/observe/run_summary.hpp>
#include <srlm/observe/warnings.hpp>
#include <algorithm> // clamp, max

namespace srlm::observe {

/// M_index as answerer and judge. Intervals are over prompts, that of the gap over pairs; nullopt where nothing was
/// measured.
struct ModelReport {
  int index = 0;
  ModelSummary summary = {};
  std::optional<Estimate> score = {}, length = {}, usable = {}, finished = {}, gap = {};
};

/// One answer of a pair, and all that the judge said of it.
struct JudgedAnswer {
  Response response;
  Score score;
  std::vector<Verdict> verdicts;
};

struct ReportPair {
  int t;
  Prompt prompt;
  JudgedAnswer chosen, rejected;
};

/// A prompt that the first and the last model answered.
struct HeldOutAnswers {
  std::string prompt, first, last;
};

struct ReportData {
  std::string name;                                       ///< of the folder
  io::Json identity, options;                             ///< what the results depend on; all options; or null
  std::vector<std::pair<std::string, std::string>> files; ///< what was read, each with its fingerprint
  std::optional<UnitKey> last_unit;                       ///< where the run is
  bool ended = false;                                     ///< with its last turn, or because it stopped
  std::vector<ModelReport> models;                        ///< M0 on
  std::vector<StepTaken> steps;                           ///< of all stages, in the order of the run
  std::vector<ReportPair> pairs;
  std::vector<HeldOutAnswers> answers;
  std::vector<ResultCell> results;
  Comparisons comparisons;
};

namespace detail {

/// Of a run that does not say how many turns it has, any number.
inline TurnNumbers turns_of(JournalRecord const& journal) {
  Json const& identity = journal.identity();
  bool const says =
      identity.is_object() && identity.contains("iterations") && identity["iterations"].is_number_integer();
  return {says ? static_cast<int>(std::clamp<std::int64_t>(identity["iterations"].get<std::int64_t>(), 0, 1'000'000))
               : 1'000'000};
}

/// The largest i for which M_i is known to be made.
inline int last_model(JournalRecord const& journal, TurnNumbers turns, std::vector<StepTaken> const& steps) {
  int last = 0;
  for (StepTaken const& s : steps) {
    bool const makes = s.stage == Stage::preference || s.stage == Stage::supervised;
    last = std::max(last, makes && s.step + 1 == s.steps ? s.t + 1 : 0);
  }
  for (Stage stage : {Stage::prompts, Stage::candidates, Stage::verdicts}) {
    for (UnitKey const& key : journal.keys(stage)) {
      last = std::max(last, key.t <= turns.held_out() ? key.t : 0); // the held-out turn follows the last one
    }
  }
  return last;
}

/// A mean over prompts of what `add` finds in each group.
template <class Add>
std::optional<Estimate> over_prompts(std::span<JudgedGroup const> groups, Add&& add) {
  std::vector<Ratio> ratios;
  for (JudgedGroup const& group : groups) {
    add(group, ratios.emplace_back());
  }
  return bootstrap_ratio(ratios, {.resamples = 1000});
}

inline void measure(ModelReport& model, std::span<JudgedGroup const> groups) {
  model.score = over_prompts(groups, [](JudgedGroup const& group, Ratio& r) {
    for (Score score : group.scores) {
      r += score ? Ratio{static_cast<double>(*score), 1} : Ratio{};
    }
  });
  model.length = over_prompts(groups, [](JudgedGroup const& group, Ratio& r) {
    for (Response const& response : group.responses) {
      r += {static_cast<double>(response.tokens.size()), 1};
    }
  });
  model.finished = over_prompts(groups, [](JudgedGroup const& group, Ratio& r) {
    for (Response const& response : group.responses) {
      r += {response.finished ? 1.0 : 0.0, 1};
    }
  });
  model.usable = over_prompts(groups, [](JudgedGroup const& group, Ratio& r) {
    for (auto const& verdicts : group.verdicts) {
      for (Verdict const& verdict : verdicts) {
        r += {verdict.score ? 1.0 : 0.0, 1};
      }
    }
  });
  std::vector<Ratio> each;
  for (float gap : model.summary.judged->gaps) {
    each.push_back({static_cast<double>(gap), 1});
  }
  model.gap = bootstrap_ratio(each, {.resamples = 1000});
}

inline JudgedAnswer judged_answer(std::span<JudgedGroup const> groups, Prompt const& prompt, Response const& response,
                                  Score score) {
  auto const verdicts = verdicts_of(groups, prompt, response, score);
  return {response, score, {verdicts.begin(), verdicts.end()}};
}

/// What models.jsonl knows and the journal does not.
inline void add_measured(std::vector<ModelReport>& models, std::string const& path) {
  io::read_jsonl(path, [&](io::Json const& line, std::size_t number) {
    std::string const where = path + ":" + std::to_string(number);
    auto const index = io::required_integer(line, "model", where);
    if (index >= 0 && static_cast<std::size_t>(index) < models.size()) {
      ModelSummary& summary = models[static_cast<std::size_t>(index)].summary;
      summary.divergence = io::optional_number(line, "kl_to_m0", where);
      summary.judge_accuracy = io::optional_number(line, "judge_accuracy", where);
    }
  });
}

inline void read_run(ReportData& data, JournalRecord const& journal) {
  TurnNumbers const turns = turns_of(journal);
  data.identity = journal.identity();
  data.last_unit = journal.last_unit();
  RunRecord run(journal);
  for (auto const& [t, pairs] : run.pairs) {
    auto const groups = run.judged_in(t);
    for (PreferencePair const& pair : pairs) {
      data.pairs.push_back({t, pair.prompt, judged_answer(groups, pair.prompt, pair.chosen, pair.chosen_score),
                            judged_answer(groups, pair.prompt, pair.rejected, pair.rejected_score)});
    }
  }
  int const last = last_model(journal, turns, run.steps);
  auto const summaries = summarise(run, last, turns.held_out());
  for (int i = 0; i <= last; ++i) {
    ModelReport& model = data.models.emplace_back(ModelReport{i, summaries[static_cast<std::size_t>(i)]});
    if (model.summary.judged) {
      measure(model, run.judged_in(model.summary.held_out ? turns.held_out() : i));
    }
  }
  data.steps = std::move(run.steps);
  std::vector<JudgedGroup> first, later;
  data.ended = journal.recall({turns.answers(last), Stage::candidates, 0}, later);
  if (data.ended && journal.recall({0, Stage::candidates, 0}, first)) {
    for (std::size_t i = 0; i < std::min(first.size(), later.size()); ++i) {
      data.answers.push_back({first[i].prompt.text, first[i].responses.at(0).text, later[i].responses.at(0).text});
    }
  }
}

} // namespace detail

/// results: the file of results over seeds; comparisons: what `srlm compare` and `srlm rate` wrote; empty: none.
/// Throws: Error for a folder that is not there, one without a journal where there is neither of these, and for damaged
/// files.
inline ReportData read_report(std::filesystem::path const& folder, std::string const& results = {},
                              std::string const& comparisons = {}) {
  ReportData data;
  std::error_code ignored;
  if (!std::filesystem::is_directory(folder, ignored)) {
    throw Error(folder.string(), "no folder", "the folder of a run");
  }
  data.name = std::filesystem::weakly_canonical(folder, ignored).filename().string();
  auto const is_there = [&](char const* name) { return std::filesystem::exists(folder / name, ignored); };
  auto const place = [&](char const* name) { return (folder / name).string(); };
  auto const read = [&](std::string const& path) {
    data.files.emplace_back(std::filesystem::path(path).filename().string(), io::fingerprint(path));
  };
  if (is_there("srlm_options.json")) {
    data.options = io::read_json_file(place("srlm_options.json"));
    read(place("srlm_options.json"));
  }
  if (is_there("journal.jsonl")) {
    JournalRecord const journal = read_journal(place("journal.jsonl"));
    read(place("journal.jsonl"));
    detail::read_run(data, journal);
    if (is_there("models.jsonl")) {
      detail::add_measured(data.models, place("models.jsonl"));
      read(place("models.jsonl"));
    }
  } else if (results.empty() && comparisons.empty()) {
    throw Error(folder.string(), "no journal.jsonl",
                "the folder of a run, or results of runs (--results), or comparisons (--comparisons)");
  }
  if (!results.empty()) {
    data.results = read_results(results);
    read(results);
  }
  if (!comparisons.empty()) {
    data.comparisons = read_comparisons(comparisons);
    read(comparisons);
  }
  return data;
}

/// The warnings that the run gave, or would have given under these limits: they are told what the loop told.
inline std::vector<Warning> warnings_of(ReportData const& data, WarningLimits const& limits = {}) {
  std::vector<Warning> all;
  Warnings warnings([&](Warning const& w) { all.push_back(w); }, limits, {},
                    [&](int index) {
                      auto const i = static_cast<std::size_t>(index);
                      return i < data.models.size() ? data.models[i].summary.judge_accuracy : std::nullopt;
                    });
  for (StepTaken const& step : data.steps) {
    warnings(step);
  }
  for (ModelReport const& model : data.models) {
    if (model.summary.judged && !model.summary.held_out) {
      warnings(IterationBegan{model.index});
      warnings(*model.summary.judged);
      if (static_cast<std::size_t>(model.index) + 1 < data.models.size()) {
        warnings(IterationEnded{model.index});
      }
    }
  }
  return all;
}

} // namespace srlm::observe
