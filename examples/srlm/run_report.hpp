/// What `srlm run` leaves for people: pairs, metrics, the summary table, and answers of the first and the last model.
#pragma once
#include <srlm/data/preference_file.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/metrics.hpp>
#include <srlm/train/steps.hpp>
#include <cstdio>
#include <map>

namespace srlm::cli {

/// One row of the summary: what made model M_i, and what it was like as answerer and judge.
struct ModelSummary {
  std::optional<double> training_loss, first_preference_loss, margin, accuracy; // of the training that made it
  std::optional<PairsSelected> judged;                                          // its own answers, by its own judgement
  std::optional<double> divergence;                                             ///< from M0, nats an answer
  bool held_out = false; ///< judged on the held-out prompts, not on new ones
};

/// What the judge wrote of the response that has this score.
inline std::vector<std::string> rationales(std::span<JudgedGroup const> groups, Prompt const& prompt,
                                           Response const& response, Score score) {
  std::vector<std::string> texts;
  for (JudgedGroup const& group : groups) {
    for (std::size_t i = 0; group.prompt.tokens == prompt.tokens && texts.empty() && i < group.verdicts.size(); ++i) {
      if (group.responses[i].tokens == response.tokens && group.scores[i] == score) {
        for (Verdict const& verdict : group.verdicts[i]) {
          texts.push_back(verdict.text);
        }
      }
    }
  }
  return texts;
}

/// What each turn judged.
inline std::map<int, std::vector<JudgedGroup>> judged_by_turn(JournalFile& journal) {
  std::map<int, std::vector<JudgedGroup>> judged;
  for (auto& [key, groups] : journal.all<std::vector<JudgedGroup>>(Stage::verdicts)) {
    std::move(groups.begin(), groups.end(), std::back_inserter(judged[key.t]));
  }
  return judged;
}

/// Both files are made anew from the journal, so they are the same whether a run was interrupted or not.
inline void write_pairs(JournalFile& journal, std::filesystem::path const& path) {
  auto const judged = judged_by_turn(journal);
  io::JsonlWriter file(path.string(), io::JsonlWriter::Mode::replace);
  auto const of_turn = [&](int t) {
    auto const found = judged.find(t);
    return found == judged.end() ? std::span<JudgedGroup const>() : std::span<JudgedGroup const>(found->second);
  };
  for (auto const& [key, pairs] : journal.all<std::vector<PreferencePair>>(Stage::pairs)) {
    for (PreferencePair const& pair : pairs) {
      write_pair(file, pair, rationales(of_turn(key.t), pair.prompt, pair.chosen, pair.chosen_score),
                 rationales(of_turn(key.t), pair.prompt, pair.rejected, pair.rejected_score));
    }
  }
}

inline void write_metrics(JournalFile& journal, std::filesystem::path const& path) {
  MetricsWriter metrics(path.string());
  for (Stage stage : {Stage::instruction_tuning, Stage::supervised, Stage::preference}) {
    for (auto const& [key, step] : journal.all<StepTaken>(stage)) {
      metrics(step);
    }
  }
}

/// Row i is model M_i.
inline std::vector<ModelSummary> summarise(JournalFile& journal, int last_model, int held_out_turn) {
  std::vector<ModelSummary> models(static_cast<std::size_t>(last_model) + 1);
  for (auto const& [key, step] : journal.all<StepTaken>(Stage::supervised)) {
    if (auto const made = static_cast<std::size_t>(key.t) + 1; made < models.size()) {
      models[made].training_loss = step.loss;
    }
  }
  for (auto const& [key, step] : journal.all<StepTaken>(Stage::preference)) {
    auto const made = static_cast<std::size_t>(key.t) + 1;
    if (made < models.size()) {
      ModelSummary& model = models[made];
      if (step.step == 0) {
        model.first_preference_loss = step.loss;
      }
      model.training_loss = step.loss;
      model.margin = step.margin;
      model.accuracy = step.accuracy;
    }
  }
  auto const judged = judged_by_turn(journal);
  std::map<int, std::size_t> pairs;
  for (auto const& [key, selected] : journal.all<std::vector<PreferencePair>>(Stage::pairs)) {
    pairs[key.t] = selected.size();
  }
  for (auto const& [t, groups] : judged) {
    auto const model = static_cast<std::size_t>(t == held_out_turn ? last_model : t);
    if (model < models.size()) {
      models[model].judged = describe(t, groups, pairs[t]);
      models[model].held_out = t == held_out_turn;
    }
  }
  return models;
}

inline void print_summary(std::vector<ModelSummary> const& models, std::FILE* out) {
  auto const number = [&](std::optional<double> value, char const* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value.value_or(0));
    std::fprintf(out, " %13s", value ? text : "-");
  };
  std::fprintf(out, "\n%-5s %13s %13s %13s %13s %13s %13s %13s %13s %13s\n", "model", "training loss", "mean score",
               "usable", "pairs", "mean length", "first loss", "margin", "accuracy", "KL to M0");
  bool held_out = false;
  for (std::size_t i = 0; i < models.size(); ++i) {
    ModelSummary const& m = models[i];
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
