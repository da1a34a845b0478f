/// What `srlm run` leaves for people: pairs, metrics, the summary table, and answers of the first and the last model.
#pragma once
#include <srlm/data/preference_file.hpp>
#include <srlm/observe/metrics.hpp>
#include <srlm/observe/run_summary.hpp>
#include <cstdio>

namespace srlm::cli {

/// What the judge wrote, one text a vote.
inline std::vector<std::string> texts_of(std::span<Verdict const> verdicts) {
  std::vector<std::string> texts;
  for (Verdict const& verdict : verdicts) {
    texts.push_back(verdict.text);
  }
  return texts;
}

/// Both files are made anew from the journal, so they are the same whether a run was interrupted or not.
inline void write_pairs(observe::RunRecord const& run, std::filesystem::path const& path) {
  io::JsonlWriter file(path.string(), io::JsonlWriter::Mode::replace);
  for (auto const& [t, pairs] : run.pairs) {
    auto const judged = run.judged_in(t);
    for (PreferencePair const& pair : pairs) {
      write_pair(file, pair, texts_of(observe::verdicts_of(judged, pair.prompt, pair.chosen, pair.chosen_score)),
                 texts_of(observe::verdicts_of(judged, pair.prompt, pair.rejected, pair.rejected_score)));
    }
  }
}

inline void write_metrics(observe::RunRecord const& run, std::filesystem::path const& path) {
  MetricsWriter metrics(path.string());
  for (StepTaken const& step : run.steps) {
    metrics(step);
  }
}

/// The table as data, a line a model; null where there is no number. Written anew while the run goes on, so whole or
/// not at all.
inline void write_models(std::vector<observe::ModelSummary> const& models, std::filesystem::path const& path) {
  std::string text;
  for (std::size_t i = 0; i < models.size(); ++i) {
    observe::ModelSummary const& m = models[i];
    io::OrderedJson line{{"model", i}};
    auto const add = [&](char const* name, std::optional<double> value) {
      line[name] = value ? io::OrderedJson(*value) : io::OrderedJson(nullptr);
    };
    auto const judged = [&](auto get) { return m.judged ? std::optional<double>(get(*m.judged)) : std::nullopt; };
    add("training_loss", m.training_loss);
    add("mean_score", judged([](auto const& e) { return e.mean_score; }));
    add("mean_length", judged([](auto const& e) { return e.mean_length; }));
    add("margin", m.margin);
    add("accuracy", m.accuracy);
    add("kl_to_m0", m.divergence);
    add("judge_accuracy", m.judge_accuracy);
    line["held_out"] = m.held_out;
    text += line.dump() + "\n";
  }
  io::AtomicFile file(path.string());
  file.write(text);
  file.commit();
}

inline void print_summary(std::vector<observe::ModelSummary> const& models, std::FILE* out) {
  auto const number = [&](std::optional<double> value, char const* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value.value_or(0));
    std::fprintf(out, " %13s", value ? text : "-");
  };
  std::fprintf(out, "\n%-5s %13s %13s %13s %13s %13s %13s %13s %13s %13s\n", "model", "training loss", "mean score",
               "usable", "pairs", "mean length", "first loss", "margin", "accuracy", "KL to M0");
  bool held_out = false;
  for (std::size_t i = 0; i < models.size(); ++i) {
    observe::ModelSummary const& m = models[i];
    auto const judged = [&](auto get) { return m.judged ? std::optional<double>(get(*m.judged)) : std::nullopt; };
    std::fprintf(out, "M%-4zu", i);
    number(m.training_loss, "%.4f");
    number(judged([](auto const& e) { return e.mean_score; }), m.held_out ? "%.2f *" : "%.2f");
    bool const has_verdicts = m.judged && m.judged->verdicts > 0; // some judges write none
    number(has_verdicts ? judged([](auto const& e) {
             return 100.0 * static_cast<double>(e.usable_verdicts) / static_cast<double>(e.verdicts);
           })
                        : std::nullopt,
           m.held_out ? "%.0f%% *" : "%.0f%%");
    number(m.held_out ? std::nullopt : judged([](auto const& e) { return static_cast<double>(e.pairs); }), "%.0f");
    number(judged([](auto const& e) { return e.mean_length; }), m.held_out ? "%.1f *" : "%.1f");
    number(m.first_preference_loss, "%.4f");
    number(m.margin, "%+.4f");
    number(m.accuracy, "%.2f");
    number(m.divergence, "%.3f");
    std::fputc('\n', out);
    held_out = held_out || m.held_out;
  }
  std::fprintf(out,
               "Training loss: of the last step. Scores, usable verdicts and mean length (tokens): the model's own "
               "answers, judged by itself%s. KL to M0: nats an answer, on these answers.\n",
               held_out ? " (*: on the held-out prompts, the others on new ones)" : "");
}

inline void print_answers(std::vector<JudgedGroup> const& answers, int last_model, std::FILE* out) {
  for (JudgedGroup const& group : answers) {
    std::fprintf(out, "\n--- %s\n", group.prompt.text.c_str());
    for (std::size_t i = 0; i < group.responses.size(); ++i) {
      std::fprintf(out, "[M%d] %s%s\n", i == 0 ? 0 : last_model, group.responses[i].text.c_str(),
                   group.responses[i].finished ? "" : " ...");
    }
  }
}

} // namespace srlm::cli
