/// sft and dpo: train a model on a file of examples.
#include "any_loss.hpp"
#include "command.hpp"
#include "data_input.hpp"
#include "option_values.hpp"
#include "optional_held_out.hpp"
#include <srlm/data/data_file.hpp>
#include <srlm/model/save.hpp>
#include <srlm/observe/metrics.hpp>
#include <srlm/optim/adamw.hpp>
#include <srlm/train/preference.hpp>
#include <srlm/train/preference_loss_on.hpp>
#include <srlm/train/steps.hpp>
#include <srlm/train/supervised.hpp>

namespace srlm::cli {

namespace {

struct TrainOptions : Common {
  DataChoice data;
  std::string in = "-", out, schedule, dtype = "f32";
  double rate = 0, final_rate = 0, clip = 1, weight_decay = 0;
  std::size_t warm_up = 0, epochs = 1, batch = 16, micro_batch = 4;
  std::string held_out;
  std::size_t held_out_every = 200, patience = 2;

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

/// Runs work for a row; what the model's template or context has no room for is the row's fault.
template <class Work>
void encode_row(DataOptions const& options, DataReport& report, std::string const& where, Model const& model,
                char const* instead, Work&& work) {
  InputLine const line{{}, where};
  check_template(line, model, instead);
  with_row(options, report, [&] {
    try {
      at_line(line, [&] { work(line); });
    } catch (BadRow const&) {
      throw;
    } catch (Error const& error) {
      throw BadRow(RowFault::no_place, error.what());
    }
  });
}

std::vector<SupervisedExample> read_examples(std::string const& in, DataChoice const& choice, Model const& model) {
  DataOptions options = choice.options(PromptResponseFormat::name);
  DataReport report;
  std::vector<SupervisedExample> examples;
  auto const add = [&](InputLine const& line, SupervisedExample example) {
    check_length(line, model, example.prompt.tokens.size() + example.response.tokens.size(), "prompt and response");
    examples.push_back(std::move(example));
  };
  auto const objects = read_objects(in, options, report);
  options.format = format_of(objects, in, options);
  std::vector<Located<io::Json>> texts; // without those that are given as ids
  for (auto const& located : objects) {
    io::Json const& object = located.row;
    std::string const& where = located.where;
    if (options.format != PromptResponseFormat::name || !object.contains("prompt_ids")) {
      texts.push_back({object, where});
      continue;
    }
    InputLine const line{object, where};
    with_row(options, report, [&] {
      Prompt prompt = prompt_of(line, model);
      require(!prompt.tokens.empty(), where.c_str(), "a prompt without tokens", "at least one");
      std::string text = io::required_string(object, "response", where);
      Tokens tokens = model.tokenizer().encode_response(text);
      add(line, {std::move(prompt), {std::move(text), std::move(tokens)}});
    });
  }
  with_part(Formats{}, "--format", options.format, [&]<class Format>(std::type_identity<Format>) {
    DataRows const rows = read_rows<Format>(texts, options, report);
    for (auto const& located : rows_as<Conversation>(rows, options, report)) {
      encode_row(options, report, located.where, model,
                 "\"prompt_ids\" (token ids) in place of \"prompt\", or a model with a template",
                 [&](InputLine const& line) { add(line, encode_conversation(model.tokenizer(), located.row)); });
    }
  });
  say_left_out(report);
  if (examples.empty()) {
    throw Error(in == "-" ? "standard input" : in, "no examples", "at least one line");
  }
  return examples;
}

/// Pairs whose every error names the line, the standard input's too.
std::vector<PreferencePair> read_preferences(std::string const& in, DataChoice const& choice, Model const& model) {
  DataOptions const options = choice.options(PreferenceFormat::name);
  DataReport report;
  std::vector<PreferencePair> pairs;
  for (auto const& located : rows_as<PreferenceRow>(read_data(in, options, report), options, report)) {
    encode_row(options, report, located.where, model, "one with a template", [&](InputLine const& line) {
      PreferencePair pair = encode_preference(model.tokenizer(), located.row);
      for (Response const* response : {&pair.chosen, &pair.rejected}) {
        check_length(line, model, pair.prompt.tokens.size() + response->tokens.size(), "prompt and response");
      }
      pairs.push_back(std::move(pair));
    });
  }
  say_left_out(report);
  if (pairs.empty()) {
    throw Error(in == "-" ? "standard input" : in, "no pairs", "at least one line");
  }
  return pairs;
}

/// The trained model and the record of how it came about.
void finish(CLI::App const& app, TrainOptions const& o, Model const& model) {
  save_hugging_face(model, o.out, io::parse_dtype(o.dtype).value());
  write_options(app, o.out);
}

std::string metrics_path(TrainOptions const& o) {
  model::make_folder(o.out);
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
    EigenBackend backend(o->threads);
    Model model = load_model(backend, o->model);
    auto const examples = read_examples(o->in, o->data, model);
    auto const held_out =
        o->held_out.empty() ? std::vector<SupervisedExample>{} : read_examples(o->held_out, o->data, model);
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
  return [o, losses, &app] {
    AnyLoss const loss = losses->make();
    EigenBackend backend(o->threads);
    Model model = load_model(backend, o->model);
    auto pairs = read_preferences(o->in, o->data, model);
    auto held_out = o->held_out.empty() ? std::vector<PreferencePair>{} : read_preferences(o->held_out, o->data, model);
    MetricsWriter metrics(metrics_path(*o));
    ProgressIfAsked progress(o->progress);
    NoJournal journal;
    PreferenceTrainer trainer{loss,
                              AdamW(backend, o->adamw()),
                              {o->epochs, o->batch, o->micro_batch},
                              held_out_choice(*o, [&](Model& m) { return preference_loss_on(loss, m, held_out); })};
    trainer.record_reference(model, std::span(pairs));
    if (!held_out.empty()) {
      trainer.record_reference(model, std::span(held_out));
    }
    trainer.fit(model, pairs, Seed{o->seed}, Turn(0, journal, metrics, progress));
    finish(app, *o, model);
    return 0;
  };
}

} // namespace srlm::cli
