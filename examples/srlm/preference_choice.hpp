/// What `srlm dpo` has beyond supervised training: another reference, and replay.
#pragma once
#include "chosen_reference.hpp"
#include "optional_replay.hpp"
#include "settings.hpp"
#include "training_rows.hpp"

namespace srlm::cli {

struct PreferenceChoice {
  std::string reference = "start", reference_model, replay;
  std::size_t refresh_every = 0, replay_rows = ReplayOptions{}.rows;
  double replay_weight = 0;
  CLI::Option *weight_option = nullptr, *rows_option = nullptr;

  void add(CLI::App& app) {
    app.add_option("--reference", reference,
                   "of the loss: start (the model as it comes) or base (its adapters switched off)")
        ->check(CLI::IsMember({"start", "base"}))
        ->capture_default_str();
    app.add_option("--reference-model", reference_model, "another model as the reference")->capture_default_str();
    app.add_option("--refresh-reference-every", refresh_every,
                   "the model becomes the reference again after so many steps; 0: never")
        ->capture_default_str();
    app.add_option(
           "--replay", replay,
           "examples {\"prompt\", \"response\"}, or another format, that each step learns again, beside its pairs")
        ->capture_default_str();
    weight_option = app.add_option("--replay-weight", replay_weight,
                                   "of their likelihood; default " + short_number(ReplayOptions{}.weight))
                        ->check(CLI::Range(1e-9, 1e6));
    rows_option = app.add_option("--replay-rows", replay_rows, "of them a step; default " + std::to_string(replay_rows))
                      ->check(CLI::Range(std::size_t{1}, std::size_t{1} << 30));
  }

  /// Throws: CLI::ValidationError for choices that do not go together.
  void check(bool adapted) const {
    if (reference == "base" && !adapted) {
      throw CLI::ValidationError("--reference", "base needs --lora-rank or --adapter");
    }
    if (!reference_model.empty() && reference != "start") {
      throw CLI::ValidationError("--reference-model", "goes without --reference");
    }
    if (refresh_every > 0 && (reference != "start" || !reference_model.empty())) {
      throw CLI::ValidationError("--refresh-reference-every", "goes with --reference start alone");
    }
    if (replay.empty() && weight_option->count() + rows_option->count() > 0) {
      throw CLI::ValidationError("--replay-weight, --replay-rows", "would change nothing without --replay");
    }
  }

  ChosenReference make_reference(AnyBackend& backend, Model const& policy) const {
    if (reference_model.empty()) {
      return reference == "base" ? ChosenReference::without_adapters() : ChosenReference();
    }
    auto other = std::make_shared<Model>(load_model(backend, reference_model));
    if (other->config().vocabulary != policy.config().vocabulary) {
      throw Error(reference_model, "a vocabulary of " + std::to_string(other->config().vocabulary),
                  std::to_string(policy.config().vocabulary) + ", that of the model that is trained");
    }
    return ChosenReference(std::move(other));
  }

  /// Its rows may have any format that gives prompts and responses.
  OptionalReplay make_replay(Model const& model, bool skip_bad, std::size_t micro_batch) const {
    OptionalReplay optional;
    if (!replay.empty()) {
      double const weight = weight_option->count() > 0 ? replay_weight : ReplayOptions{}.weight;
      optional.replay.emplace(read_examples(replay, {"auto", skip_bad}, model),
                              ReplayOptions{weight, replay_rows, micro_batch});
    }
    return optional;
  }
};

} // namespace srlm::cli
