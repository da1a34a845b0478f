/// The random models of tests/fixtures, whose numbers torch computed. They have no tokenizer; one of bytes stands in.
#pragma once
#include "support/model_backends.hpp"
#include <srlm/io/hf_config.hpp>
#include <srlm/io/json.hpp>
#include <srlm/model/language_model.hpp>
#include <string>

namespace tiny {

template <class B>
using Model = srlm::LanguageModel<B>;

inline std::string folder(std::string const& name) { return std::string(SRLM_TEST_DATA_DIR) + "/fixtures/" + name; }

inline srlm::io::Json golden(std::string const& name) {
  return srlm::io::read_json_file(folder(name) + "/golden.json");
}

/// As many tokens as the model has, of which none ends an answer unless `end` says so.
inline srlm::text::Tokenizer tokenizer(std::size_t size, std::optional<srlm::Token> end = {}) {
  srlm::text::Vocabulary vocabulary;
  for (std::size_t i = 0; i < size; ++i) {
    vocabulary.tokens.push_back("t" + std::to_string(i));
    vocabulary.roles.push_back(srlm::text::TokenRole::normal);
  }
  if (end) {
    vocabulary.eos = end;
    vocabulary.end_tokens = {*end};
    vocabulary.roles[static_cast<std::size_t>(*end)] = srlm::text::TokenRole::control;
  }
  return srlm::text::Tokenizer(vocabulary);
}

template <class B>
Model<B> load(B& backend, std::string const& name) {
  srlm::io::ModelConfig config = srlm::io::read_hf_config(folder(name));
  config.eos.clear();
  Model<B> model(backend, config, tokenizer(config.vocabulary));
  model.load_checkpoint(folder(name) + "/model.safetensors");
  return model;
}

/// Below `bound`, which must not exceed the models' vocabularies.
inline srlm::Tokens random_tokens(std::uint64_t seed, std::size_t n, srlm::Token bound = 250) {
  srlm::Tokens tokens;
  for (std::size_t i = 0; i < n; ++i) {
    tokens.push_back(static_cast<srlm::Token>(srlm::Seed{seed}.below(250, i)) % bound);
  }
  return tokens;
}

struct Sequence {
  srlm::Tokens prompt, response;
  double log_prob = 0;
  srlm::SequenceView view() const { return {prompt, response}; }
};

inline std::vector<Sequence> sequences(srlm::io::Json const& golden) {
  std::vector<Sequence> out;
  for (auto const& s : golden.at("sequences")) {
    out.push_back(
        {s.at("prompt").get<srlm::Tokens>(), s.at("response").get<srlm::Tokens>(), s.at("log_prob").get<double>()});
  }
  return out;
}

inline std::vector<srlm::SequenceView> views(std::vector<Sequence> const& sequences) {
  std::vector<srlm::SequenceView> out;
  for (Sequence const& s : sequences) {
    out.push_back(s.view());
  }
  return out;
}

} // namespace tiny
