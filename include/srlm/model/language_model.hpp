/// LanguageModel: the built-in Policy, a decoder of the Llama family with its tokenizer, over any TensorBackend. It
/// writes, scores and learns with the same rows and the same head.
#pragma once
#include <srlm/io/safetensors.hpp>
#include <srlm/model/fill_weights.hpp>
#include <srlm/model/generation.hpp>
#include <srlm/model/named_tensors.hpp>
#include <srlm/model/weight_store.hpp>
#include <srlm/text/tokenizer.hpp>
#include <algorithm> // min
#include <cmath>     // isfinite
#include <filesystem>
#include <limits>

namespace srlm {

/// What forward() leaves for backward(): the batch's rows and every layer's activations.
template <class B>
struct ModelTape {
  model::RowPlan plan;
  typename B::AttentionPlan attention;
  BufferOf<B, std::int32_t> tokens, positions, target_rows, targets;
  std::vector<model::LayerTape<B>> layers;
  BufferOf<B, float> hidden, log_sum;
  std::vector<BufferOf<B, float>> logits; ///< of the first chunks of targets
  std::vector<float> sums;

  /// log p(y | x) of each sequence, in nats.
  std::span<float const> log_probs() const { return sums; }
};

namespace model {

/// Positions see all earlier ones. Within a sliding window that is the same thing, so the context ends with the window.
inline io::ModelConfig within_window(io::ModelConfig config) {
  if (config.sliding_window) {
    config.context = std::min(config.context, *config.sliding_window);
  }
  return config;
}

} // namespace model

template <TensorBackend B>
class LanguageModel {
 public:
  using Tape = ModelTape<B>;
  using Backend = B;

  /// All weights are zero; model/load.hpp fills them from a file, model/initialise.hpp with random numbers.
  /// Throws: Error for a configuration that no such decoder has.
  LanguageModel(B& backend, io::ModelConfig config, text::Tokenizer tokenizer)
      : b_(&backend),
        stored_config_(std::move(config)),
        config_(model::within_window(stored_config_)),
        tokenizer_(std::move(tokenizer)),
        body_(backend, config_),
        head_(backend, config_),
        weights_(backend, config_) {}

  // ---- Generator
  text::Tokenizer const& tokenizer() const { return tokenizer_; }
  std::size_t context_length() const { return config_.context; }

  /// Throws: Error for an empty prompt, one that leaves no room for an answer, a token that the model does not know, or
  /// a sampling that is none.
  std::vector<Tokens> generate(std::span<GenerationRequest const> requests, Sampling const& sampling) {
    require(sampling.temperature >= 0 && std::isfinite(sampling.temperature), "generate",
            "a temperature that is negative or no number", "0 (greedy) or more");
    require(sampling.top_p > 0 && sampling.top_p <= 1, "generate", "a top_p outside (0, 1]", "0 < top_p <= 1");
    for (GenerationRequest const& request : requests) {
      check_tokens(request.prompt, "a prompt");
      if (request.prompt.empty() || request.prompt.size() >= config_.context) {
        throw Error("generate", "a prompt of " + std::to_string(request.prompt.size()) + " tokens",
                    "1 to " + std::to_string(config_.context - 1) + ", the context less one token to write");
      }
    }
    model::Generation<B> generation(
        *b_, config_, body_, head_, weights_.values(), [this](Token token) { return tokenizer_.is_end(token); }, limits,
        on_generation);
    return generation.run(requests, sampling);
  }

  /// How much is written at once; changes no result.
  model::GenerationLimits limits;
  /// Hears how writing advances, once a token of the batch, or a window of tokens where the backend writes them by
  /// itself; an observer of the run, say.
  std::function<void(GenerationAdvanced const&)> on_generation;

  // ---- LogProbModel
  /// log p(y | x) of each sequence, in nats; 0 for an empty response. Throws: Error for an empty prompt, a sequence
  /// longer than the context, or a token that the model does not know.
  std::vector<float> log_probs(std::span<SequenceView const> sequences) {
    std::vector<float> out;
    for (std::vector<float> const& tokens : token_log_probs(sequences)) {
      out.push_back(sum(tokens));
    }
    return out;
  }

  /// log p of every response token, for each sequence, in nats. Throws: as log_probs.
  std::vector<std::vector<float>> token_log_probs(std::span<SequenceView const> sequences) {
    std::vector<std::vector<float>> out;
    for (std::size_t first = 0; first < sequences.size();) {
      std::size_t count = 0, rows = 0;
      do {
        rows += sequences[first + count].prompt.size() + sequences[first + count].response.size();
        ++count;
      } while (first + count < sequences.size() && rows < scored_rows);
      Tape tape = run(sequences.subspan(first, count), model::Keep::nothing);
      auto part = predictions(tape, 0);
      out.insert(out.end(), std::make_move_iterator(part.begin()), std::make_move_iterator(part.end()));
      first += count;
    }
    return out;
  }

  /// Logits [positions of `tokens`, V], host memory: for tests and curiosity, not for training.
  std::vector<float> logits(std::span<Token const> tokens) {
    SequenceView const view{tokens, {}};
    Tape tape = run({&view, 1}, model::Keep::nothing);
    std::vector<float> out(tokens.size() * config_.vocabulary);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      auto const row = upload(std::vector<std::int32_t>{static_cast<std::int32_t>(i)});
      auto const values = head_.logits(weights_.values(), hidden(tape), row.span());
      b_->download(values.span(), std::span(out).subspan(i * config_.vocabulary, config_.vocabulary));
    }
    return out;
  }

  // ---- DifferentiableLogProbModel
  /// Whether a tape keeps each layer's input alone, for where memory is short: backward() then computes the rest again,
  /// to the same bits. It takes a forward pass more.
  bool recompute = false;
  /// Targets of a tape whose logits it keeps at most; those of others, and all with `recompute`, are computed again.
  std::size_t kept_logits = std::numeric_limits<std::size_t>::max();

  Tape forward(std::span<SequenceView const> sequences) {
    Tape tape = run(sequences, recompute ? model::Keep::inputs : model::Keep::all);
    for (std::vector<float> const& tokens : predictions(tape, recompute ? 0 : kept_logits)) {
      tape.sums.push_back(sum(tokens));
    }
    return tape;
  }

  /// Adds sum_i weight[i] * d log p(y_i | x_i) / d theta to the gradient.
  void backward(Tape tape, std::span<float const> weight) {
    require(weight.size() == tape.sums.size(), "backward", "weights that are not one a sequence",
            "as many as the tape has sequences");
    std::vector<float> per_target(tape.plan.targets.size(), 0.0f);
    for (std::size_t s = 0; s < weight.size(); ++s) {
      for (std::int32_t i : tape.plan.predictions[s]) {
        per_target[static_cast<std::size_t>(i)] += weight[s];
      }
    }
    if (per_target.empty()) {
      return;
    }
    auto device_weight = b_->template allocate<float>(per_target.size());
    b_->upload(std::span<float const>(per_target), device_weight.span());
    std::size_t const rows = tape.plan.tokens.size();
    auto d_x = b_->template allocate<float>(rows * config_.hidden);
    auto const w = weights_.values(), g = weights_.gradients();
    head_.backward(w, g, hidden(tape), tape.target_rows.span(), tape.targets.span(), tape.log_sum.span(),
                   device_weight.span(), std::move(tape.logits), matrix<B>(d_x.span(), rows, config_.hidden));
    body_.backward(w, g, tape.tokens.span(), tape.positions.span(), tape.attention, tape.plan.layout.pages, tape.layers,
                   d_x);
  }

  // ---- for optimizers: all weights, or the adapters alone (model/lora.hpp)
  std::vector<model::Parameter<B>> parameters() { return weights_.parameters(); }

  // ---- Checkpointed: all that learns, exactly
  void save_checkpoint(std::filesystem::path const& file) const {
    if (weights_.adapters()) {
      io::write_safetensors(file.string(), model::HostTensors(*weights_.adapters()).to_write());
    } else {
      io::write_safetensors(file.string(), model::HostTensors(weights_).to_write());
    }
  }
  void load_checkpoint(std::filesystem::path const& file) {
    io::SafetensorsFile const stored(file.string());
    if (weights_.adapters()) {
      model::fill_weights(*weights_.adapters(), stored.tensors(), file.string());
    } else {
      model::fill_weights(weights_, stored.tensors(), file.string());
    }
  }

  // ---- for readers and writers: the weights as they act, adapters included
  B& backend() { return *b_; }
  io::ModelConfig const& config() const { return stored_config_; }
  std::vector<model::NamedTensor> const& tensors() const { return weights_.tensors(); }
  std::vector<float> tensor(model::NamedTensor const& t) const { return weights_.tensor(t); }
  void set_tensor(model::NamedTensor const& t, std::span<float const> values) { weights_.set_tensor(t, values); }
  std::vector<float> gradient(model::NamedTensor const& t) { return weights_.gradient(t); }
  model::WeightStore<B>& weights() { return weights_; }
  model::WeightStore<B> const& weights() const { return weights_; }

 private:
  static constexpr std::size_t scored_rows = 4096; ///< rows of one scoring pass, about

  void check_tokens(std::span<Token const> tokens, char const* what) const {
    for (Token token : tokens) {
      if (token < 0 || static_cast<std::size_t>(token) >= config_.vocabulary) {
        throw Error(what, "the token " + std::to_string(token), "0 to " + std::to_string(config_.vocabulary - 1));
      }
    }
  }

  /// One pass over a batch, with or without a tape for backward().
  Tape run(std::span<SequenceView const> sequences, model::Keep kept) {
    for (SequenceView const& s : sequences) {
      check_tokens(s.prompt, "a prompt");
      check_tokens(s.response, "a response");
      if (s.prompt.empty() || s.prompt.size() + s.response.size() > config_.context) {
        throw Error("log p(y | x)",
                    "a prompt of " + std::to_string(s.prompt.size()) + " and a response of " +
                        std::to_string(s.response.size()) + " tokens",
                    "at least one prompt token and at most " + std::to_string(config_.context) + " together");
      }
    }
    model::RowPlan plan = model::plan_rows(sequences);
    Tape tape{{},
              b_->plan(plan.layout),
              upload(plan.tokens),
              upload(plan.positions),
              upload(plan.target_rows),
              upload(plan.targets),
              {},
              b_->template allocate<float>(0),
              b_->template allocate<float>(0),
              {},
              {}};
    tape.plan = std::move(plan);
    if (sequences.empty()) {
      return tape;
    }
    auto const pages = b_->template allocate<float>(tape.plan.layout.pages * page_floats(*b_, body_.shape()));
    tape.hidden = body_.forward(
        weights_.values(), tape.tokens.span(), tape.positions.span(), tape.attention,
        [&](std::size_t) { return pages.span(); }, kept, tape.layers);
    return tape;
  }

  /// log p of the response tokens of each sequence of a tape, which keeps the logits of at most so many of them.
  std::vector<std::vector<float>> predictions(Tape& tape, std::size_t most_kept) {
    std::size_t const n = tape.plan.targets.size();
    std::vector<float> log_probs(n);
    if (n > 0) {
      auto const device = b_->template allocate<float>(n);
      tape.log_sum = b_->template allocate<float>(n);
      head_.log_probs(weights_.values(), hidden(tape), tape.target_rows.span(), tape.targets.span(),
                      tape.log_sum.span(), device.span(), most_kept, tape.logits);
      b_->download(device.span(), std::span(log_probs));
    }
    std::vector<std::vector<float>> out;
    for (auto const& indices : tape.plan.predictions) {
      std::vector<float>& tokens = out.emplace_back();
      for (std::int32_t i : indices) {
        tokens.push_back(log_probs[static_cast<std::size_t>(i)]);
      }
    }
    return out;
  }

  static float sum(std::vector<float> const& tokens) {
    double total = 0;
    for (float token : tokens) {
      total += static_cast<double>(token);
    }
    return static_cast<float>(total);
  }

  MatrixView<B> hidden(Tape const& tape) const {
    return matrix<B>(tape.hidden.span(), tape.plan.tokens.size(), config_.hidden);
  }

  auto upload(std::vector<std::int32_t> const& ids) {
    auto buffer = b_->template allocate<std::int32_t>(ids.size());
    b_->upload(std::span<std::int32_t const>(ids), buffer.span());
    return buffer;
  }

  B* b_;
  io::ModelConfig stored_config_; // as the model's files have it
  io::ModelConfig config_;        // as it is computed: within its sliding window
  text::Tokenizer tokenizer_;
  model::Transformer<B> body_;
  model::Head<B> head_;
  model::WeightStore<B> weights_;
};

} // namespace srlm
