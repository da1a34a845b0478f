/// The built-in model that a benchmark measures: random weights of SmolLM2-135M's shape, or those of the model that
/// SRLM_MODEL names. SRLM_SHAPE=1.7B takes SmolLM2-1.7B's shape instead, SRLM_SHAPE=5M a small one, with the benchmarks
/// of growth.hpp.
#pragma once
#include "policy.hpp"
#include <srlm/core/error.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <benchmark/benchmark.h>
#include <string_view>

namespace bench {

using namespace srlm;
using Model = LanguageModel<AnyBackend>;

/// A tokenizer with nothing that ends an answer, so that every answer is as long as the limit.
inline text::Tokenizer endless() {
  text::Vocabulary vocabulary;
  vocabulary.tokens = {"a"};
  vocabulary.roles = {text::TokenRole::normal};
  return text::Tokenizer(vocabulary);
}

inline std::string_view shape_name() {
  char const* const given = std::getenv("SRLM_SHAPE");
  return given != nullptr ? given : "";
}

inline Model make_model() {
  if (char const* path = std::getenv("SRLM_MODEL"); path != nullptr && *path != '\0') {
    Model const loaded = load_model(backend(), path);
    Model model(backend(), loaded.config(), endless());
    for (model::NamedTensor const& tensor : loaded.tensors()) {
      model.set_tensor(tensor, loaded.tensor(tensor));
    }
    return model;
  }
  io::ModelConfig c;
  c.vocabulary = 49152;
  c.hidden = 576;
  c.layers = 30;
  c.heads = 9;
  c.kv_heads = 3;
  c.head_dim = 64;
  c.intermediate = 1536;
  c.context = 2048;
  c.tied_embeddings = true;
  std::string_view const shape = shape_name();
  if (shape == "1.7B") {
    c.hidden = 2048;
    c.layers = 24;
    c.heads = 32;
    c.kv_heads = 32;
    c.intermediate = 8192;
  } else if (shape == "5M") {
    c.vocabulary = 8192;
    c.hidden = 256;
    c.layers = 4;
    c.heads = 4;
    c.kv_heads = 2;
    c.intermediate = 704;
  }
  Model model(backend(), c, endless());
  initialise(model, Seed{1});
  return model;
}

inline Model& model() {
  static Model model = make_model();
  return model;
}

/// Random tokens.
inline Tokens tokens(std::uint64_t seed, std::size_t n) {
  Tokens out;
  for (std::size_t i = 0; i < n; ++i) {
    out.push_back(static_cast<Token>(1000 + Seed{seed}.below(model().config().vocabulary * 4 / 5, i)));
  }
  return out;
}

inline void count(benchmark::State& state, std::size_t tokens) {
  state.counters["tokens/s"] =
      benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsIterationInvariantRate);
}

inline std::vector<SequenceView> whole(std::vector<Tokens> const& texts) {
  std::vector<SequenceView> views;
  for (Tokens const& text : texts) {
    views.push_back({std::span(text).first(1), std::span(text).subspan(1)});
  }
  return views;
}

/// What does not fit into a device's memory is that benchmark's error, and the next one goes on.
template <class Work>
void guarded(benchmark::State& state, Work&& work) {
  try {
    work();
  } catch (Error const& error) {
    state.SkipWithError(error.what());
  }
}

} // namespace bench
