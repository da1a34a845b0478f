/// llama.cpp as the part of a policy that writes, through its C API (llama.h). The built-in model still scores and
/// learns, and its weights reach the engine as a GGUF file.
///
/// What it costs: the weights are twice in memory, once in each program's layout, and every turn writes and reads them
/// once. Answers are written one by one: in a batch the engine's rounding depends on the other rows, and an answer
/// would no longer be a function of its own prompt and seed. The engine's rounding is also not the built-in model's, so
/// an answer is drawn from a distribution that differs from the scored one by that much; the reference does not suffer
/// from it, since it is recorded by the model that learns.
#pragma once
#include <srlm/backend/eigen_vectors.hpp>
#include <srlm/backend/host_log_probs.hpp> // sample_row: the built-in model's own sampling
#include <srlm/concepts/policy.hpp>
#include <srlm/core/error.hpp>
#include <srlm/model/save.hpp>
#include <llama.h>
#include <algorithm> // equal
#include <memory>
#include <optional>

namespace llama_cpp {

static_assert(std::is_same_v<llama_token, srlm::Token>);

/// One GGUF file, loaded: the logits of the token that follows. Keys and values are kept in f32, as the built-in model
/// keeps them.
class Engine {
 public:
  /// context: positions of prompt and answer together. Throws: Error for a file that llama.cpp does not load.
  Engine(std::string const& gguf, std::size_t context, int threads)
      : model_(llama_model_load_from_file(gguf.c_str(), llama_model_default_params()), llama_model_free) {
    if (!model_) {
      throw srlm::Error(gguf, "what llama.cpp does not load", "a GGUF file of a model that it knows");
    }
    llama_context_params parameters = llama_context_default_params();
    parameters.n_ctx = static_cast<std::uint32_t>(context);
    parameters.n_batch = parameters.n_ubatch = piece;
    parameters.n_threads = parameters.n_threads_batch = threads;
    parameters.type_k = parameters.type_v = GGML_TYPE_F32;
    context_.reset(llama_init_from_model(model_.get(), parameters));
    if (!context_) {
      throw srlm::Error("llama.cpp", "no context of " + std::to_string(context) + " positions", "memory for it");
    }
    vocabulary_ = static_cast<std::size_t>(llama_vocab_n_tokens(llama_model_get_vocab(model_.get())));
  }

  /// Reads a prompt from its beginning, in pieces that depend on it alone; the last one again is only gone back to.
  std::vector<float> const& begin(std::span<srlm::Token const> prompt) {
    llama_memory_t const memory = llama_get_memory(context_.get());
    bool const same = !prompt_.empty() && std::ranges::equal(prompt, prompt_) &&
                      llama_memory_seq_rm(memory, 0, static_cast<llama_pos>(prompt.size()), -1);
    if (!same) {
      llama_memory_clear(memory, true);
      prompt_.clear(); // until it has been read
      for (std::size_t at = 0; at < prompt.size(); at += piece) {
        read(prompt.subspan(at, std::min<std::size_t>(piece, prompt.size() - at)));
      }
      prompt_.assign(prompt.begin(), prompt.end());
      behind_prompt_ = logits_;
    }
    return behind_prompt_;
  }

  /// Reads the token that was written.
  std::vector<float> const& go_on(srlm::Token token) {
    read({&token, 1});
    return logits_;
  }

 private:
  static constexpr std::uint32_t piece = 512;

  void read(std::span<srlm::Token const> tokens) {
    srlm::Tokens copy(tokens.begin(), tokens.end()); // llama_batch takes no const
    int const failure = llama_decode(context_.get(), llama_batch_get_one(copy.data(), static_cast<int>(copy.size())));
    if (failure != 0) {
      throw srlm::Error("llama_decode", std::to_string(failure), "0");
    }
    float const* const logits = llama_get_logits_ith(context_.get(), -1);
    logits_.assign(logits, logits + vocabulary_);
  }

  std::unique_ptr<llama_model, decltype(&llama_model_free)> model_;
  std::unique_ptr<llama_context, decltype(&llama_free)> context_{nullptr, llama_free};
  std::size_t vocabulary_ = 0;
  srlm::Tokens prompt_;
  std::vector<float> logits_, behind_prompt_;
};

struct Options {
  std::string gguf;                             ///< where the weights are written for the engine
  srlm::io::DType dtype = srlm::io::DType::f32; ///< a smaller one writes quicker, and is further from what is scored
  int threads = 4;                              ///< of the engine
};

/// A Policy: llama.cpp writes, the built-in model scores and learns. The model must outlive it, and learn through it
/// alone: its parameters are asked for by whoever is about to change them, and that is when the engine's copy is old.
template <srlm::TensorBackend B>
class Policy {
 public:
  Policy(srlm::LanguageModel<B>& model, Options options) : model_(&model), options_(std::move(options)) {}

  auto const& tokenizer() const { return std::as_const(*model_).tokenizer(); }
  std::size_t context_length() const { return model_->context_length(); }

  /// Determinism: a function of (parameters, prompt, seed), on one machine with one build of llama.cpp.
  std::vector<srlm::Tokens> generate(std::span<srlm::GenerationRequest const> requests,
                                     srlm::Sampling const& sampling) {
    if (!engine_) {
      srlm::save_gguf(*model_, options_.gguf, options_.dtype);
      engine_.emplace(options_.gguf, context_length(), options_.threads);
      ++loads_;
    }
    std::vector<srlm::Tokens> answers;
    for (srlm::GenerationRequest const& request : requests) {
      answers.push_back(answer(request, sampling));
    }
    return answers;
  }

  std::vector<float> log_probs(std::span<srlm::SequenceView const> y) { return model_->log_probs(y); }
  auto forward(std::span<srlm::SequenceView const> y) { return model_->forward(y); }
  void backward(srlm::ModelTape<B> tape, std::span<float const> weight) { model_->backward(std::move(tape), weight); }

  auto parameters() {
    engine_.reset();
    return model_->parameters();
  }
  void save_checkpoint(std::filesystem::path const& file) const { model_->save_checkpoint(file); }
  void load_checkpoint(std::filesystem::path const& file) {
    engine_.reset();
    model_->load_checkpoint(file);
  }

  /// How often weights went to the engine.
  int loads() const { return loads_; }

 private:
  srlm::Tokens answer(srlm::GenerationRequest const& request, srlm::Sampling const& sampling) {
    std::size_t const room = context_length();
    if (request.prompt.empty() || request.prompt.size() >= room) {
      throw srlm::Error("generate", "a prompt of " + std::to_string(request.prompt.size()) + " tokens",
                        "1 to " + std::to_string(room - 1));
    }
    std::size_t const limit =
        std::min(room - request.prompt.size(), static_cast<std::size_t>(std::max(0, sampling.max_new_tokens)));
    srlm::Tokens y;
    while (y.size() < limit && (y.empty() || !tokenizer().is_end(y.back()))) {
      std::vector<float> const& logits = y.empty() ? engine_->begin(request.prompt) : engine_->go_on(y.back());
      double const u = request.seed.fork(y.size()).uniform(0); // as the built-in model draws
      y.push_back(srlm::host::sample_row(srlm::host::eigen_vectors(), logits.data(), logits.size(), sampling, u));
      srlm::require(y.back() >= 0, "llama.cpp", "logits that are no numbers", "finite weights");
    }
    return y;
  }

  srlm::LanguageModel<B>* model_;
  Options options_;
  std::optional<Engine> engine_;
  int loads_ = 0;
};

} // namespace llama_cpp
