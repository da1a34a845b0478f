/// Low-rank adapters on the command line: one that is there (--adapter), or new ones to train (--lora-rank, ...).
#pragma once
#include "command.hpp"
#include "settings.hpp" // split
#include <srlm/model/adapter_files.hpp>
#include <filesystem>

namespace srlm::cli {

/// For commands that use a model.
struct AdapterOption {
  std::string adapter;

  void add_adapter(CLI::App& app) {
    app.add_option("--adapter", adapter, "folder with a LoRA adapter of the model, in PEFT's format")
        ->capture_default_str();
  }

  Model load(AnyBackend& backend, std::string const& path) const {
    Model model = load_model(backend, path);
    if (!adapter.empty()) {
      load_adapter(model, adapter);
    }
    return model;
  }
};

/// For commands that make new adapters. rank 0: none, all weights learn.
struct LoraChoice {
  std::size_t rank = 0;
  double alpha = 0;
  std::string targets;
  bool rank_stabilised = false;

  void add_lora_options(CLI::App& app) {
    app.add_option("--lora-rank", rank,
                   "train low-rank adapters of this rank in place of the weights; OUT holds the weights with them and, "
                   "in adapter/, the adapters in PEFT's format; 0: all weights learn")
        ->check(CLI::Range(std::size_t{0}, std::size_t{1} << 16))
        ->capture_default_str();
    alpha_ = app.add_option("--lora-alpha", alpha,
                            "adapters are scaled by alpha / rank; default " + short_number(LoraOptions{}.alpha))
                 ->check(CLI::Range(1e-6, 1e6));
    app.add_option("--lora-targets", targets, "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj or some of them")
        ->capture_default_str();
    app.add_flag("--lora-rslora", rank_stabilised, "adapters are scaled by alpha / sqrt(rank)");
  }

  /// Throws: CLI::ValidationError for settings of adapters that are not asked for.
  void check() const {
    if (rank == 0 && (alpha_->count() > 0 || !targets.empty() || rank_stabilised)) {
      throw CLI::ValidationError("--lora-alpha, --lora-targets, --lora-rslora",
                                 "would change nothing without --lora-rank");
    }
  }

  /// Gives the model its adapters, if it shall have some. Throws: Error for a target that is none.
  void adapt(Model& model, Seed seed) const {
    if (rank > 0) {
      LoraOptions options{rank, LoraOptions{}.alpha, rank_stabilised, split(targets)};
      if (alpha_->count() > 0) {
        options.alpha = alpha;
      }
      add_lora(model, options, seed);
    }
  }

 private:
  CLI::Option* alpha_ = nullptr;
};

/// The adapters of a model, if it has some, beside its weights in a folder.
inline void save_adapter_beside(Model const& model, std::filesystem::path const& folder, std::string const& base) {
  if (model.weights().adapters()) {
    save_adapter(model, (folder / "adapter").string(), base);
  }
}

} // namespace srlm::cli
