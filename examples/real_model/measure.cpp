/// Measures one model on what no arm has learned from: verifiable instructions, the look of its answers, how far it is
/// from M0, the loss on other people's answers, and its judgement of ranked replies.
#include "turns.hpp"
#include <srlm/eval/judge_quality.hpp>
#include <srlm/eval/text_health.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/progress.hpp>
#include <srlm/srlm.hpp>

namespace real_model {

using Model = srlm::LanguageModel<srlm::EigenBackend>;

/// Seeds whose answers are short enough to be judged or scored at small cost, in a random order.
struct Ranked {
  std::vector<srlm::SeedExample> judged, other; ///< no prompt is in both

  Ranked(Settings const& s, Model const& model) {
    std::vector<srlm::SeedExample> seeds = srlm::read_seeds(s.ranked);
    srlm::shuffle(std::span(seeds), s.stream(5));
    constexpr std::size_t most_tokens = 160;
    auto const is_short = [&](srlm::RankedAnswer const& a) {
      return model.tokenizer().encode_response(a.text).size() <= most_tokens;
    };
    for (srlm::SeedExample& seed : seeds) {
      if (model.tokenizer().encode_prompt(seed.prompt).size() > most_tokens) {
        continue;
      }
      std::erase_if(seed.answers, [&](srlm::RankedAnswer const& a) { return !is_short(a); });
      seed.held_out = false; // of evaluations that are not made here
      bool const orders = seed.answers.size() >= 2 && seed.answers.front().rank != seed.answers.back().rank;
      if (orders && judged.size() < s.judged) {
        judged.push_back(std::move(seed));
      } else if (other.size() < s.other && srlm::best_answer(seed) != nullptr) {
        other.push_back(std::move(seed));
      }
    }
  }
};

/// Collects the measures of one model.
class Measures {
 public:
  Measures(std::string arm, std::string model) : arm_(std::move(arm)), model_(std::move(model)) {}

  void add(std::string_view measure, srlm::Ratio item) {
    for (Measured& m : all_) {
      if (m.measure == measure) {
        m.items.push_back(item);
        return;
      }
    }
    all_.push_back({arm_, model_, std::string(measure), {item}});
  }

  std::vector<Measured> const& all() const { return all_; }

 private:
  std::string arm_, model_;
  std::vector<Measured> all_;
};

double number(std::size_t n) { return static_cast<double>(n); }

/// One answer a prompt, many prompts at a time. Journalled in units.
template <class Turn>
std::vector<srlm::JudgedGroup> answers_to(Turn const& turn, Model& model, std::span<srlm::InstructionRow const> rows,
                                          srlm::Sampling const& sampling, srlm::Seed seed) {
  constexpr std::size_t at_once = 64;
  std::vector<srlm::JudgedGroup> all;
  for (std::size_t first = 0; first < rows.size(); first += at_once) {
    auto const part = rows.subspan(first, std::min(at_once, rows.size() - first));
    auto groups = turn.template once<std::vector<srlm::JudgedGroup>>(srlm::Stage::candidates, first / at_once, [&] {
      std::vector<srlm::JudgedGroup> made;
      std::vector<srlm::GenerationRequest> requests;
      for (srlm::InstructionRow const& row : part) {
        made.push_back({{row.prompt, model.tokenizer().encode_prompt(row.prompt)}, {}});
      }
      for (std::size_t i = 0; i < made.size(); ++i) {
        requests.push_back({made[i].prompt.tokens, seed.fork(first + i)});
      }
      std::vector<srlm::Tokens> answers = model.generate(requests, sampling);
      for (std::size_t i = 0; i < made.size(); ++i) {
        bool const finished = srlm::is_finished(model.tokenizer(), answers[i], sampling);
        std::string text = model.tokenizer().decode(answers[i]);
        made[i].responses.push_back({std::move(text), std::move(answers[i]), finished});
      }
      return made;
    });
    std::move(groups.begin(), groups.end(), std::back_inserter(all));
  }
  return all;
}

/// Greedy answers: IFEval's four accuracies and what the texts look like.
void measure_answers(Measures& m, std::span<srlm::InstructionRow const> rows,
                     std::span<srlm::JudgedGroup const> answers) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    srlm::Response const& y = answers[i].responses.front();
    srlm::InstructionReport report;
    srlm::add_answer(report, rows[i], y.text);
    auto const add = [&](char const* name, srlm::KeptOf const& kept) {
      m.add(name, {number(kept.kept), number(kept.all)});
    };
    add("prompt_strict", report.strict.prompts);
    add("prompt_loose", report.loose.prompts);
    add("instruction_strict", report.strict.instructions);
    add("instruction_loose", report.loose.instructions);
    srlm::TextHealth const health = srlm::text_health(std::span(&y, 1));
    m.add("tokens", {number(y.tokens.size()), 1});
    m.add("ended", {health.ended, 1});
    m.add("repetition", {health.repetition.back(), 1});
  }
}

/// How much more likely the model's own answers, drawn at temperature 1, are to itself than to M0: the mean is an
/// unbiased estimate of KL(model || M0) an answer, in nats.
void measure_divergence(Measures& m, Model& model, Model& base, std::span<srlm::JudgedGroup const> answers) {
  std::vector<srlm::SequenceView> views;
  for (srlm::JudgedGroup const& group : answers) {
    views.push_back({group.prompt.tokens, group.responses.front().tokens});
  }
  std::vector<float> const own = model.log_probs(views), other = base.log_probs(views);
  for (std::size_t i = 0; i < views.size(); ++i) {
    m.add("kl_to_m0", {static_cast<double>(own[i]) - static_cast<double>(other[i]), 1});
  }
}

/// Nats a token on answers that people wrote to other instructions.
void measure_other(Measures& m, Model& model, std::span<srlm::SeedExample const> seeds) {
  auto const examples = srlm::instruction_tuning_examples(model.tokenizer(), seeds);
  std::vector<srlm::SequenceView> views;
  for (auto const& example : examples) {
    views.push_back({example.prompt.tokens, example.response.tokens});
  }
  std::vector<float> const log_probs = model.log_probs(views);
  for (std::size_t i = 0; i < views.size(); ++i) {
    m.add("other_loss", {-static_cast<double>(log_probs[i]), number(views[i].response.size())});
  }
}

/// The model as a judge of replies that people ranked.
template <class Turn>
void measure_judge(Measures& m, Turn const& turn, Settings const& s, Model& model,
                   std::span<srlm::SeedExample const> seeds) {
  srlm::LlmJudge judge{srlm::AdditiveRubric{}, s.judge(s.votes)};
  std::vector<srlm::JudgedGroup> groups;
  for (srlm::SeedExample const& seed : seeds) {
    groups.push_back(srlm::ranked_group(model.tokenizer(), seed));
  }
  srlm::judge_candidates(turn, model, judge, groups, s.stream(6));
  for (std::size_t g = 0; g < groups.size(); ++g) {
    srlm::RankedGroup ranked{{}, groups[g].scores};
    for (srlm::RankedAnswer const& answer : seeds[g].answers) {
      ranked.truth.push_back(-answer.rank);
    }
    for (srlm::JudgeMeasure const& measure : srlm::judge_measures) {
      m.add("judge_" + std::string(measure.name), measure.of(ranked, 5));
    }
  }
}

/// All of them, into measures/NAME.jsonl, where NAME is "self-M2", say; nothing where that is there.
void measure_model(Settings const& s, srlm::EigenBackend& backend, Split const& split, std::string const& arm,
                   std::string const& name, std::string const& path, srlm::Progress& progress) {
  std::string const file = (s.place("measures") / (arm + "-" + name + ".jsonl")).string();
  if (std::filesystem::exists(file)) {
    return;
  }
  progress.say("measuring " + name + " of " + arm);
  srlm::observe::RunFolder const folder(s.place("measures") / (arm + "-" + name));
  srlm::JournalFile journal(folder, s.identity(arm + " " + name));
  Measures m(arm, name);
  Model model = srlm::load_model(backend, path);
  srlm::Sampling greedy = s.sampling(), drawn{1, 1, s.max_new_tokens};
  greedy.temperature = 0;
  std::span<srlm::InstructionRow const> const rows(split.held_out);
  measure_answers(m, rows, answers_to(srlm::Turn(0, journal, progress), model, rows, greedy, s.stream(7)));
  Ranked const ranked(s, model);
  measure_other(m, model, ranked.other);
  if (name != "M0") {
    auto const some = rows.first(std::min(rows.size(), s.sampled));
    auto const answers = answers_to(srlm::Turn(1, journal, progress), model, some, drawn, s.stream(8));
    Model base = srlm::load_model(backend, s.model);
    measure_divergence(m, model, base, answers);
  }
  if (arm == "start" || arm == "self") {
    measure_judge(m, srlm::Turn(2, journal, progress), s, model, ranked.judged);
  }
  write_measured(file, m.all(), s.seed);
}

/// items.jsonl and results.jsonl of everything that was measured so far.
void write_results(Settings const& s, Split const& split) {
  std::vector<Measured> all;
  auto const add = [&](std::vector<Measured> const& more) { all.insert(all.end(), more.begin(), more.end()); };
  auto const add_model = [&](std::string const& name) {
    if (auto const file = s.place("measures") / (name + ".jsonl"); std::filesystem::exists(file)) {
      add(read_measured(file.string()));
    }
  };
  add_model("start-M0");
  add_model("start-M1");
  for (std::string const& arm : s.arms) {
    for (int model = 2; model <= s.turns + 1; ++model) {
      add_model(arm + "-M" + std::to_string(model));
    }
  }
  for (std::string const& arm : s.arms) {
    add(measure_turns(s, split, arm));
  }
  write_measured(s.place("items.jsonl").string(), all, s.seed);
  srlm::io::JsonlWriter results(s.place("results.jsonl").string(), srlm::io::JsonlWriter::Mode::replace);
  for (Measured const& m : all) {
    results.append(result_json(m, s.seed));
  }
  results.close();
}

void measure_models(Settings const& s) {
  srlm::EigenBackend backend(s.threads);
  srlm::Progress progress(false);
  Split const split = split_of(s);
  auto const measure = [&](std::string const& arm, std::string const& model) {
    std::string const path = (s.place(arm == "start" ? "." : arm) / model).string();
    if (model == "M0" || std::filesystem::exists(path + "/model.safetensors")) {
      measure_model(s, backend, split, arm, model, model == "M0" ? s.model : path, progress);
    }
  };
  measure("start", "M1");
  for (int last = s.turns + 1; last > 1; --last) { // the last models first
    for (std::string const& arm : s.arms) {
      measure(arm, "M" + std::to_string(last));
    }
  }
  measure("start", "M0");
  write_results(s, split);
}

} // namespace real_model
