/// sft and dpo: train a model on a file of examples.
#include "adapter_options.hpp"
#include "any_loss.hpp"
#include "command.hpp"
#include "memory.hpp"
#include "option_values.hpp"
#include "optional_held_out.hpp"
#include "preference_choice.hpp"
#include "training_rows.hpp"
#include <srlm/model/save.hpp>
#include <srlm/observe/metrics.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/preference_loss_on.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/supervised.hpp>

namespace srlm::cli {

namespace {

struct TrainOptions : Common, AdapterOption, MemoryChoice {
  DataChoice data;
  std::string in = "-", out, schedule, dtype = "f32";
  double rate = 0, final_rate = 0, clip = 1, weight_decay = 0;
  std::size_t warm_up = 0, epochs = 1, batch = 16, micro_batch = 4;
  std::string held_out;
  std::size_t held_out_every = 200, patience = 2;
  LoraChoice lora;

  void add_training(CLI::App& app, char const* line) {
    add(app);
    data.add(app);
    auto const positive = CLI::Range(std::size_t{1}, std::size_t{1} << 30);
    app.add_option("--in", in, std::string("examples ") + line + ", or another format; -: stdin")
        ->capture_default_str();
    app.add_option("--out", out, "folder for the trained model, its metrics and these options")->required();
    app.add_option("--rate", rate, "learning rate")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    app.add_option("--final-rate", final_rate, "at the last step")->check(CLI::Range(0.0, 10.0))->capture_default_str();
    app.add_option("--schedule", schedule)
        ->check(CLI::IsMember({"constant", "linear", "cosine"}))
        ->capture_default_str();
    app.add_option("--warm-up", warm_up, "steps")->capture_default_str();
    app.add_option("--epochs", epochs)->check(positive)->capture_default_str();
    app.add_option("--batch", batch, "examples a step")->check(positive)->capture_default_str();
    app.add_option("--micro-batch", micro_batch, "examples in memory at once")->check(positive)->capture_default_str();
    app.add_option("--weight-decay", weight_decay)->check(CLI::Range(0.0, 10.0))->capture_default_str();
    app.add_option("--clip", clip, "largest gradient norm; 0: none")
        ->check(CLI::Range(0.0, 1e9))
        ->capture_default_str();
    app.add_option("--held-out", held_out,
                   std::string("examples ") + line +
                       ", not learned from: the loss on them is measured now and then, and the model with the lowest "
                       "is kept")
        ->capture_default_str();
    app.add_option("--held-out-every", held_out_every, "steps between measurements")
        ->check(positive)
        ->capture_default_str();
    app.add_option("--patience", patience, "measurements without a new best that end the training")
        ->check(positive)
        ->capture_default_str();
    app.add_option("--dtype", dtype, "of the saved weights")
        ->check(CLI::IsMember({"f32", "f16", "bf16"}))
        ->capture_default_str();
    add_memory_option(app);
    add_adapter(app);
    lora.add_lora_options(app);
  }

  /// The model that is trained: all of it, the adapter that it comes with, or new adapters.
  /// Throws: CLI::ValidationError for both kinds of adapters, or settings of none.
  Model load_to_train(AnyBackend& backend) const {
    lora.check();
    if (!adapter.empty() && lora.rank > 0) {
      throw CLI::ValidationError("--lora-rank", "goes without --adapter, which is trained further as it is");
    }
    Model loaded = load(backend, model);
    lora.adapt(loaded, Seed{seed}.fork(1));
    return loaded;
  }

  /// lengths: tokens of each example.
  void plan_memory(Model& policy, std::vector<std::size_t> lengths, std::size_t other_weights) const {
    model::MemoryUse use = memory_use(policy, backend);
    use.other_weights = other_weights * use.weights;
    use.trained_rows = longest_rows(std::move(lengths), micro_batch);
    auto const planned = MemoryChoice::plan(policy, use, backend);
    keep_to(planned, policy);
    if (planned && progress) {
      std::fprintf(stderr, "%s\n", memory_line(*planned).c_str());
    }
  }

  AdamWOptions adamw() const {
    using Shape = Schedule::Shape;
    Shape const shape = schedule == "cosine" ? Shape::cosine : schedule == "linear" ? Shape::linear : Shape::constant;
    AdamWOptions options;
    options.schedule = {shape, rate, final_rate, warm_up};
    options.weight_decay = static_cast<float>(weight_decay);
    options.clip = clip;
    return options;
  }
};

/// The loss on held-out rows decides, where there are any.
using HeldOutLoss = std::function<LowerIsBetter(Model&)>;

OptionalHeldOut<HeldOutLoss> held_out_choice(TrainOptions const& o, std::function<double(Model&)> loss) {
  OptionalHeldOut<HeldOutLoss> optional;
  if (!o.held_out.empty()) {
    optional.choice.emplace([loss = std::move(loss)](Model& model) { return LowerIsBetter(loss(model)); },
                            HeldOutOptions{o.held_out_every, o.patience, o.out});
  }
  return optional;
}

/// The trained model and the record of how it came about.
void finish(CLI::App const& app, TrainOptions const& o, Model const& model) {
  save_adapter_beside(model, o.out, o.model);
  save_hugging_face(model, o.out, io::parse_dtype(o.dtype).value());
  write_options(app, o.out);
}

std::string metrics_path(TrainOptions const& o) {
  io::make_folder(o.out);
  return (std::filesystem::path(o.out) / "metrics.jsonl").string();
}

} // namespace

Action add_sft(CLI::App& app) {
  auto const o = std::make_shared<TrainOptions>();
  o->rate = supervised_schedule.rate;
  o->final_rate = supervised_schedule.final_rate;
  o->schedule = "cosine";
  o->epochs = SupervisedOptions{}.epochs;
  o->add_training(app, "{\"prompt\", \"response\"}");
  return [o, &app] {
    AnyBackend backend = make_backend(*o);
    Model model = o->load_to_train(backend);
    auto const examples = read_examples(o->in, o->data, model);
    auto const held_out =
        o->held_out.empty() ? std::vector<SupervisedExample>{} : read_examples(o->held_out, o->data, model);
    std::vector<std::size_t> lengths;
    for (SupervisedExample const& e : examples) {
      lengths.push_back(e.prompt.tokens.size() + e.response.tokens.size());
    }
    o->plan_memory(model, std::move(lengths), 0);
    MetricsWriter metrics(metrics_path(*o));
    ProgressIfAsked progress(o->progress);
    NoJournal journal;
    SupervisedTrainer trainer{AdamW(backend, o->adamw()),
                              {o->epochs, o->batch, o->micro_batch},
                              held_out_choice(*o, [&](Model& m) { return likelihood_loss(m, held_out); })};
    trainer.fit(model, examples, Seed{o->seed}, Stage::supervised, Turn(0, journal, metrics, progress));
    finish(app, *o, model);
    return 0;
  };
}

Action add_dpo(CLI::App& app) {
  auto const o = std::make_shared<TrainOptions>();
  o->rate = preference_schedule.rate;
  o->final_rate = preference_schedule.final_rate;
  o->schedule = "linear";
  o->add_training(app, "{\"prompt\", \"chosen\", \"rejected\"}");
  auto const losses = std::make_shared<LossOptions>();
  losses->add_choice(app);
  losses->add_parameters(app);
  auto const choice = std::make_shared<PreferenceChoice>();
  choice->add(app);
  return [o, losses, choice, &app] {
    AnyLoss const loss = losses->make();
    choice->check(o->lora.rank > 0 || !o->adapter.empty());
    AnyBackend backend = make_backend(*o);
    Model model = o->load_to_train(backend);
    auto pairs = read_preferences(o->in, o->data, model);
    auto held_out = o->held_out.empty() ? std::vector<PreferencePair>{} : read_preferences(o->held_out, o->data, model);
    ChosenReference const reference = choice->make_reference(backend, model);
    OptionalReplay replay = choice->make_replay(model, o->data.skip_bad, o->micro_batch);
    std::vector<std::size_t> lengths;
    for (PreferencePair const& p : pairs) {
      lengths.push_back(p.prompt.tokens.size() + p.chosen.tokens.size() + p.rejected.tokens.size());
    }
    o->plan_memory(model, std::move(lengths), reference.is_start() ? 0 : 1);
    MetricsWriter metrics(metrics_path(*o));
    ProgressIfAsked progress(o->progress);
    NoJournal journal;
    PreferenceOptions options{o->epochs, o->batch, o->micro_batch};
    options.refresh_reference_every = choice->refresh_every;
    options.reference_is_start = reference.is_start();
    PreferenceTrainer trainer{loss, AdamW(backend, o->adamw()), options,
                              held_out_choice(*o, [&](Model& m) { return preference_loss_on(loss, m, held_out); }),
                              std::move(replay)};
    reference.record(model, std::span(pairs), loss.tail_weight());
    if (!held_out.empty()) {
      reference.record(model, std::span(held_out), loss.tail_weight());
    }
    trainer.fit(model, pairs, Seed{o->seed}, Turn(0, journal, metrics, progress));
    finish(app, *o, model);
    return 0;
  };
}

} // namespace srlm::cli
