/// The whole of the paper on one machine: M0 -> M1 by supervised fine-tuning on IFT and EFT, then turns of the loop to
/// M2, M3, ... Everything goes through the journal, so the same command goes on where a killed one stopped.
#pragma once
#include "run_checks.hpp"
#include "run_messages.hpp"
#include "run_optimizer.hpp"
#include "run_options.hpp"
#include "run_report.hpp"
#include <srlm/data/prompt_factory.hpp>
#include <srlm/data/prompt_file.hpp>
#include <srlm/data/seed_file.hpp>
#include <srlm/eval/anchor_set.hpp>
#include <srlm/model/load.hpp>
#include <srlm/model/save.hpp>
#include <srlm/observe/journal_file.hpp>
#include <srlm/observe/progress.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/positive_only.hpp>
#include <srlm/train/divergence.hpp>
#include <srlm/train/supervised_start.hpp>

namespace srlm::cli {

class RunPipeline {
 public:
  /// record: all options by their names, for the output folder and to know the run again.
  RunPipeline(RunOptions options, io::OrderedJson const& record)
      : o_(std::move(options)),
        loss_(o_.loss.make()),
        turns_{o_.iterations},
        positive_(o_.pairs.is_positive_only() ? o_.pairs.make_positive_only() : PositiveOnly{}),
        select_(o_.pairs.is_positive_only() ? std::nullopt : std::optional(o_.pairs.make())),
        backend_(make_backend(o_.backend, o_.threads)),
        judge_(make_judge()),
        progress_(o_.progress),
        seeds_(seeds_of(o_.seeds, o_.data)),
        first_policy_(load()),
        folder_((keep_what_fits(o_, seeds_, *first_policy_), o_.out)),
        journal_(without_leftovers(folder_), identity(record)) {
    io::write_json_file((folder_.path() / "srlm_options.json").string(), record);
    plan_memory();
    if (journal_.resumes()) {
      progress_.say("going on with the run in " + o_.out);
    }
    if (!o_.prompts_file.empty()) {
      std::size_t const given = read_prompts(o_.prompts_file).texts().size();
      std::size_t const needed = o_.prompts * static_cast<std::size_t>(o_.iterations);
      if (needed > given) {
        progress_.say("note: " + o_.prompts_file + " has " + std::to_string(given) + " prompts for " +
                      std::to_string(needed) + "; they come again from the beginning");
      }
    }
  }

  /// 0: all models were made; 1: the loop stopped early, and said why.
  int run() {
    std::optional<Model> policy = std::exchange(first_policy_, std::nullopt);
    answer_held_out(*policy, 0);
    Turn const start(0, journal_, progress_);
    SupervisedTrainer trainer{AdamW(backend_, sft_options()), supervised_options()};
    EftData eft;
    with_part(Rubrics{}, "--rubric", o_.judge.rubric, [&]<class R>(std::type_identity<R>) {
      LlmJudge seed_judge{R{}, judge_options(o_.judgement_votes)};
      eft = judgement_data(start, *policy, seed_judge, trainer, seeds_, seed(1));
    });
    for (std::string const& line : eft_lines(eft.report, eft.examples.size())) {
      progress_.say(line);
    }

    policy.reset(); // the SFT baseline is used up; M1 begins from M0 again
    policy.emplace(load());
    supervised_start(start, *policy, trainer, seeds_, eft, seed(1));
    save(*policy, 1, !start.is_past(Stage::supervised));

    int made = 1;
    AnyJudge judge = judge_;
    RunOptimizer optimize = optimizer(*policy, eft);
    SelfRewardingOptions const loop{o_.iterations, o_.prompts, o_.candidates, sampling(), seed(2)};
    Warnings warnings = make_warnings(*policy, judge);
    auto const keep_pairs = [&](PairsSelected const& e) {
      last_ = e;
      write_tables(observe::RunRecord(journal_.recorded()), e.t);
    };
    auto const keep_model = [&](IterationEnded const& e) {
      made = e.t + 1;
      save(*policy, made, e.policy_is_here);
      write_tables(observe::RunRecord(journal_.recorded()), made);
    };
    Control const control = with_prompts([&](auto& prompts) {
      if (o_.pairs.is_positive_only()) {
        auto const rows = seed_rows(*policy, eft);
        return positive_only(*policy, prompts, judge, positive_, trainer, std::span(rows), loop, journal_, progress_,
                             warnings, keep_pairs, keep_model);
      }
      return self_rewarding(*policy, prompts, judge, *select_, optimize, loop, journal_, progress_, warnings,
                            keep_pairs, keep_model);
    });
    if (control == Control::stop) {
      progress_.say("the loop stops at M" + std::to_string(made) + ": " + stop_reason(last_, warnings));
    } else {
      judge_held_out(*policy, judge);
    }
    std::vector<JudgedGroup> const answers = answer_held_out(*policy, made);
    policy.reset();
    report(made, answers);
    return control == Control::stop ? 1 : 0;
  }

 private:
  /// The judge of the turns, whose options are partly the run's.
  AnyJudge make_judge() {
    o_.judge.llm = judge_options(o_.votes);
    return o_.judge.make(backend_, o_.loss.needs_consistency());
  }

  Model load() {
    Model model = load_model(backend_, o_.model);
    o_.lora.adapt(model, seed(8));
    model.on_generation = [this](GenerationAdvanced const& e) { progress_(e); };
    keep_to(memory_, model);
    return model;
  }

  /// Before any work. A rubric with its prompt is taken for 1024 tokens, a prompt for as long as an answer or a seed.
  void plan_memory() {
    model::MemoryUse use = memory_use(*first_policy_, o_.backend);
    use.other_weights = (o_.reference == "sft" || !o_.judge.model.empty() ? 1 : 0) * use.weights;
    auto const answer = static_cast<std::size_t>(o_.max_new_tokens);
    std::size_t seed = 0, prompt = answer;
    for (SeedExample const& s : seeds_) {
      std::size_t const begin = first_policy_->tokenizer().encode_prompt(s.prompt).size();
      prompt = std::max(prompt, begin);
      for (RankedAnswer const& a : s.answers) {
        seed = std::max(seed, begin + first_policy_->tokenizer().encode_response(a.text).size());
      }
    }
    std::size_t const context = first_policy_->context_length();
    use.trained_rows = o_.micro_batch * std::max(seed, std::min(prompt + 2 * answer, 2 * context));
    use.longest = std::min(context, 1024 + prompt + answer + static_cast<std::size_t>(o_.judge_max_new_tokens));
    memory_ = o_.memory.plan(*first_policy_, use, o_.backend);
    keep_to(memory_, *first_policy_);
    if (memory_) {
      progress_.say(memory_line(*memory_));
    }
  }

  Seed seed(std::uint64_t part) const { return Seed{o_.seed}.fork(part); }
  Sampling sampling() const {
    return {static_cast<float>(o_.temperature), static_cast<float>(o_.top_p), o_.max_new_tokens};
  }
  LlmJudgeOptions judge_options(int votes) const {
    return {votes,
            {static_cast<float>(o_.temperature), static_cast<float>(o_.top_p), o_.judge_max_new_tokens},
            o_.score_tokens};
  }
  AdamWOptions adamw(Schedule const& schedule) const {
    AdamWOptions options;
    options.schedule = schedule;
    options.weight_decay = static_cast<float>(o_.weight_decay);
    options.clip = o_.clip;
    return options;
  }
  AdamWOptions sft_options() const { return adamw({supervised_schedule.shape, o_.sft_rate, o_.sft_final_rate, 0}); }
  AdamWOptions dpo_options() const { return adamw({preference_schedule.shape, o_.dpo_rate, o_.dpo_final_rate, 0}); }
  SupervisedOptions supervised_options() const {
    return {o_.sft_epochs, o_.sft_batch, o_.micro_batch, o_.checkpoint_every};
  }

  /// Everything that was learned at the start: what replay goes back to.
  std::vector<SupervisedExample> seed_rows(Model const& model, EftData const& eft) const {
    auto rows = instruction_tuning_examples(model.tokenizer(), std::span<SeedExample const>(seeds_));
    rows.insert(rows.end(), eft.examples.begin(), eft.examples.end());
    return rows;
  }

  RunOptimizer optimizer(Model const& model, EftData const& eft) {
    PreferenceOptions options{o_.dpo_epochs, o_.dpo_batch, o_.micro_batch, o_.checkpoint_every};
    options.refresh_reference_every = o_.refresh_reference_every;
    options.average_consistency = o_.average_consistency;
    ChosenReference reference;
    if (o_.reference == "sft") {
      reference = ChosenReference(std::make_shared<Model>(load_model(backend_, place(1).string())));
    } else if (o_.reference == "base") {
      reference = ChosenReference::without_adapters();
    }
    options.reference_is_start = reference.is_start();
    OptionalReplay replay;
    if (o_.replay_weight > 0) {
      replay.replay.emplace(seed_rows(model, eft), ReplayOptions{o_.replay_weight, o_.replay_rows, o_.micro_batch});
    }
    OptionalHeldOut<MeanHeldOutScore> held_out;
    if (o_.held_out_every > 0) {
      Sampling greedy = sampling();
      greedy.temperature = 0;
      held_out.choice.emplace(MeanHeldOutScore{held_out_prompts(model, 16), judge_, greedy, seed(7)},
                              HeldOutOptions{o_.held_out_every, o_.patience, folder_.path() / "held_out"});
    }
    return {{loss_, AdamW(backend_, dpo_options()), options, std::move(replay), std::move(held_out)},
            loss_.tail_weight(),
            std::move(reference)};
  }

  template <class F>
  Control with_prompts(F&& loop) {
    if (!o_.prompts_file.empty()) {
      FixedPrompts prompts = read_prompts(o_.prompts_file);
      return loop(prompts);
    }
    PromptFactory prompts(std::span<SeedExample const>(seeds_), PromptFactoryOptions{});
    return loop(prompts);
  }

  std::filesystem::path place(int model) const { return folder_.path() / ("M" + std::to_string(model)); }

  /// Both formats are written whole or not at all; a model that is there was made by an earlier process of this run.
  /// is_here: the model in memory is M_index; else its turn was completed by an earlier process.
  void save(Model const& model, int index, bool is_here) {
    io::DType const dtype = io::parse_dtype(o_.dtype).value();
    std::string const gguf = place(index).string() + ".gguf";
    std::error_code ignored;
    for (std::filesystem::path const& file : {place(index) / "model.safetensors", std::filesystem::path(gguf)}) {
      if (!is_here && !std::filesystem::exists(file, ignored)) {
        throw Error(file.string(), "nothing there",
                    "M" + std::to_string(index) +
                        ", which an earlier process wrote; later turns were made from it, and it cannot be made again "
                        "in this folder: use another");
      }
    }
    if (!std::filesystem::exists(place(index) / "model.safetensors", ignored)) {
      save_adapter_beside(model, place(index), o_.model);
      save_hugging_face(model, place(index).string(), dtype);
    }
    if (!std::filesystem::exists(gguf, ignored)) {
      save_gguf(model, gguf, dtype);
    }
    progress_.say("M" + std::to_string(index) + ": " + place(index).string() + " and " + gguf);
  }

  std::vector<Prompt> held_out_prompts(Model const& model, std::size_t most) const {
    std::vector<Prompt> prompts;
    for (bool held_out : {true, false}) { // a file without a held-out split: its first prompts
      for (SeedExample const& seed : seeds_) {
        if (seed.held_out == held_out && prompts.size() < most && (held_out || prompts.size() < 3)) {
          prompts.push_back({seed.prompt, model.tokenizer().encode_prompt(seed.prompt)});
        }
      }
    }
    return prompts;
  }

  /// Greedy answers to three prompts, of the held-out split if there is one: of M0 (model 0), then beside them those of
  /// the last model.
  std::vector<JudgedGroup> answer_held_out(Model& model, int index) {
    Turn const turn(index == 0 ? 0 : turns_.answers(index), journal_, progress_);
    Sampling greedy = sampling();
    greedy.temperature = 0;
    std::vector<JudgedGroup> last = sample_candidates(turn, model, held_out_prompts(model, 3), 1, greedy, seed(4));
    if (index == 0) {
      first_answers_ = last;
      return last;
    }
    std::vector<JudgedGroup> both = first_answers_;
    for (std::size_t i = 0; i < both.size(); ++i) {
      both[i].responses.push_back(last[i].responses.front());
    }
    return both;
  }

  /// The last model has no turn of its own: it answers and judges the held-out prompts.
  void judge_held_out(Model& model, AnyJudge& judge) {
    Turn const turn(turns_.held_out(), journal_, progress_);
    auto groups = sample_candidates(turn, model, held_out_prompts(model, 16), 1, sampling(), seed(5));
    judge_candidates(turn, model, judge, groups, seed(6));
  }

  /// The recorded steps are told first, so that a run that goes on ends where the warnings ended it before.
  Warnings make_warnings(Model& model, AnyJudge& judge) {
    Warnings::Anchor measure;
    if (o_.warnings.anchor_seeds > 0) {
      AnchorSet const anchor(model.tokenizer(), seeds_, o_.warnings.anchor_seeds);
      if (anchor.size() == 0) {
        throw Error("--anchor-seeds", "no held-out seed with two answers in " + o_.seeds, "at least one");
      }
      measure = [this, anchor, &model, &judge](int index) {
        auto const accuracy = anchor.accuracy(Turn(turns_.anchor(index), journal_, progress_), model, judge, seed(9));
        if (accuracy) {
          judge_accuracy_[index] = *accuracy;
        }
        return accuracy;
      };
    }
    Warnings warnings([this](Warning const& w) { progress_.say(w.text); }, o_.warnings.limits, o_.warnings.kinds(),
                      std::move(measure));
    for (auto const& [key, step] : journal_.recorded().all<StepTaken>(Stage::preference)) {
      warnings(step);
    }
    return warnings;
  }

  /// KL(M_i || M_0) on the answers of each model, from the models as they were saved. Each is measured once, with one
  /// of the two in memory at a time, because the policy is there too while the run goes on.
  void add_divergences(std::vector<observe::ModelSummary>& models, observe::RunRecord const& run) {
    for (std::size_t i = 1; i < models.size() && o_.divergence_prompts > 0; ++i) {
      int const index = static_cast<int>(i);
      auto groups = run.judged_in(models[i].held_out ? turns_.held_out() : index);
      groups = groups.first(std::min(groups.size(), o_.divergence_prompts));
      if (!groups.empty() && !divergence_.contains(index)) {
        auto const log_probs = [&](std::string const& path) {
          Model model = load_model(backend_, path);
          return answer_log_probs(model, groups);
        };
        divergence_[index] = divergence(log_probs(place(index).string()), log_probs(o_.model));
      }
      if (auto const found = divergence_.find(index); found != divergence_.end()) {
        models[i].divergence = found->second;
      }
    }
  }

  /// What is known so far, as files, for whoever looks at the run while it goes on. made: M_made is the newest model.
  std::vector<observe::ModelSummary> write_tables(observe::RunRecord const& run, int made) {
    write_pairs(run, folder_.path() / "pairs.jsonl");
    write_metrics(run, folder_.path() / "metrics.jsonl");
    // A run that is gone through again has the held-out turn, which is the last model's, in its journal from the start.
    constexpr int none = -1;
    auto models = observe::summarise(run, made, made > o_.iterations ? turns_.held_out() : none);
    for (auto const& [index, accuracy] : judge_accuracy_) {
      models.at(static_cast<std::size_t>(index)).judge_accuracy = accuracy;
    }
    add_divergences(models, run);
    write_models(models, folder_.path() / "models.jsonl");
    return models;
  }

  void report(int made, std::vector<JudgedGroup> const& answers) {
    auto const models = write_tables(observe::RunRecord(journal_.recorded()), made);
    std::string const path = (folder_.path() / "summary.txt").string();
    std::FILE* file = std::fopen(path.c_str(), "w");
    for (std::FILE* out : {stdout, file}) {
      if (out != nullptr) {
        print_answers(answers, made, out);
        print_summary(models, out);
      }
    }
    if (file == nullptr || std::fclose(file) != 0) {
      throw Error(path + ": cannot be written");
    }
  }

  RunOptions o_;
  AnyLoss loss_;
  observe::TurnNumbers turns_;
  PositiveOnly positive_;
  std::optional<AnySelector> select_;
  AnyBackend backend_;
  std::optional<model::MemoryPlan> memory_;
  AnyJudge judge_;
  Progress progress_;
  std::vector<SeedExample> seeds_;
  std::optional<Model> first_policy_; ///< M0, until run() takes it
  observe::RunFolder folder_;
  JournalFile journal_;
  PairsSelected last_{};
  std::map<int, double> judge_accuracy_; ///< of each model on the anchor set, where it is watched
  std::map<int, double> divergence_;     ///< of each model from M0, where it is measured
  std::vector<JudgedGroup> first_answers_;
};

} // namespace srlm::cli
