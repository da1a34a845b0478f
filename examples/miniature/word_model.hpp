/// The built-in transformer with the world's own tokenizer: a policy of a user's.
#pragma once
#include "corpus.hpp"
#include <srlm/backend/eigen.hpp>
#include <srlm/model/initialise.hpp>

namespace miniature {

/// 0.3 M parameters at the default settings.
class WordModel : public srlm::LanguageModel<srlm::EigenBackend> {
  using Base = srlm::LanguageModel<srlm::EigenBackend>;

 public:
  /// All weights are zero.
  WordModel(srlm::EigenBackend& backend, Settings const& s) : Base(backend, config(s), srlm::text::Tokenizer(ends())) {}

  WordTokenizer const& tokenizer() const { return words_; }

  /// Becomes what the other model is.
  void copy(WordModel const& other) {
    for (srlm::model::NamedTensor const& t : tensors()) {
      set_tensor(t, other.tensor(t));
    }
  }

 private:
  static srlm::io::ModelConfig config(Settings const& s) {
    srlm::io::ModelConfig c;
    c.name = "miniature";
    c.vocabulary = WordTokenizer{}.words().size();
    c.hidden = s.hidden;
    c.intermediate = s.intermediate;
    c.layers = s.layers;
    c.heads = c.kv_heads = s.heads;
    c.head_dim = s.hidden / s.heads;
    c.context = 96;
    c.tied_embeddings = true;
    c.eos = {WordTokenizer{}.id(WordTokenizer::end)};
    return c;
  }

  /// What the base class is to know of the words: which of them ends an answer.
  static srlm::text::Vocabulary ends() {
    WordTokenizer const words;
    srlm::text::Vocabulary v;
    v.tokens = words.words();
    v.roles.assign(v.tokens.size(), srlm::text::TokenRole::control);
    v.eos = words.id(WordTokenizer::end);
    v.end_tokens = {*v.eos};
    return v;
  }

  WordTokenizer words_;
};

} // namespace miniature
