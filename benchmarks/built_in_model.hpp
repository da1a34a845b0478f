/// The built-in model that a benchmark measures: random weights of shape.hpp's shape, or those of the model that
/// SRLM_MODEL names.
#pragma once
#include "policy.hpp"
#include "shape.hpp"
#include <srlm/core/error.hpp>
#include <srlm/model/initialise.hpp>
#include <srlm/model/load.hpp>
#include <benchmark/benchmark.h>

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

inline Model make_model() {
  if (char const* path = std::getenv("SRLM_MODEL"); path != nullptr && *path != '\0') {
    Model const loaded = load_model(backend(), path);
    Model model(backend(), loaded.config(), endless());
    for (model::NamedTensor const& tensor : loaded.tensors()) {
      model.set_tensor(tensor, loaded.tensor(tensor));
    }
    return model;
  }
  Model model(backend(), shape(), endless());
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
