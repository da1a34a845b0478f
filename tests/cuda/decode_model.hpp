/// Answers of a small random model, over any policy: prompts that are equal, that share pages, that end beside the edge
/// of a page and near the end of the context; a third of the answers end by themselves, the others at their limit.
#pragma once
#include <srlm/model/initialise.hpp>
#include <srlm/model/language_model.hpp>

namespace decode_model {

using namespace srlm;

inline constexpr std::size_t vocabulary = 40, context = 150;

/// end_tokens: how many of the vocabulary end an answer.
inline text::Tokenizer tokenizer(std::size_t end_tokens) {
  text::Vocabulary v;
  for (std::size_t i = 0; i < vocabulary; ++i) {
    v.tokens.push_back("t" + std::to_string(i));
    v.roles.push_back(i < end_tokens ? text::TokenRole::control : text::TokenRole::normal);
    if (i < end_tokens) {
      v.eos = 0;
      v.end_tokens.push_back(static_cast<Token>(i));
    }
  }
  return text::Tokenizer(v);
}

template <class B>
LanguageModel<B> model(B& backend, std::size_t end_tokens) {
  io::ModelConfig config;
  config.architecture = "llama";
  config.vocabulary = vocabulary;
  config.hidden = 16;
  config.intermediate = 24;
  config.layers = 2;
  config.heads = 4;
  config.kv_heads = 2;
  config.head_dim = 6;
  config.context = context;
  config.tied_embeddings = true;
  LanguageModel<B> model(backend, config, tokenizer(end_tokens));
  initialise(model, Seed{1}, 0.5f);
  return model;
}

/// Two that are equal, of 70 tokens, one that shares 66 of them; 60, 63 and 64 tokens; one that leaves room for eight.
inline std::vector<Tokens> prompts() {
  auto const tokens = [](std::uint64_t seed, std::size_t n) {
    Tokens out;
    for (std::size_t i = 0; i < n; ++i) {
      out.push_back(static_cast<Token>(Seed{seed}.below(vocabulary, i)));
    }
    return out;
  };
  Tokens const one = tokens(1, 70);
  Tokens fork(one.begin(), one.begin() + 66);
  fork.insert(fork.end(), {3, 1, 4});
  return {one, one, fork, tokens(2, 60), tokens(3, 63), tokens(4, 64), tokens(5, context - 8), tokens(6, 2)};
}

inline std::vector<GenerationRequest> requests(std::vector<Tokens> const& prompts) {
  std::vector<GenerationRequest> out;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    out.push_back({prompts[i], Seed{17}.fork(i)});
  }
  return out;
}

inline Sampling const sampling{1.0f, 0.9f, 21};

template <class B>
std::vector<Tokens> answers(B backend, std::size_t end_tokens, model::GenerationLimits const& limits = {}) {
  auto policy = model(backend, end_tokens);
  policy.limits = limits;
  std::vector<Tokens> const asked = prompts();
  return policy.generate(requests(asked), sampling);
}

} // namespace decode_model
