/// Models from files: a Hugging Face folder or a GGUF file.
#pragma once
#include <srlm/io/gguf_config.hpp>
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/io/hf_config.hpp>
#include <srlm/io/hf_tokenizer.hpp>
#include <srlm/io/safetensors.hpp>
#include <srlm/io/tensor_names.hpp>
#include <srlm/model/language_model.hpp>
#include <filesystem>

namespace srlm {

namespace model {

inline void add_end_tokens(text::Vocabulary& vocabulary, io::ModelConfig const& config) {
  for (Token token : config.eos) {
    if (std::find(vocabulary.end_tokens.begin(), vocabulary.end_tokens.end(), token) == vocabulary.end_tokens.end()) {
      vocabulary.end_tokens.push_back(token);
    }
  }
}

} // namespace model

/// A GGUF file. The backend must outlive the model. Throws: Error that says what is wrong with the file and where;
/// sizes are compared before memory is claimed.
template <TensorBackend B>
LanguageModel<B> load_gguf(B& backend, std::string const& path) {
  io::GgufFile const file(path);
  io::ModelConfig const config = io::config_from_gguf(file);
  text::Vocabulary vocabulary = io::vocabulary_from_gguf(file.metadata());
  model::add_end_tokens(vocabulary, config);
  auto const name_of = [](io::TensorSource const& s) { return io::hugging_face_name(s.name); };
  (void)model::match_weights(model::weight_layout(config).tensors, file.tensors(), path, name_of);
  LanguageModel<B> model(backend, config, text::Tokenizer(std::move(vocabulary)));
  bool const interleaved = io::stores_interleaved_rows(config.architecture);
  model::fill_weights(model, file.tensors(), path, name_of, [&](model::NamedTensor const& t, std::span<float> values) {
    if (interleaved && io::has_rotary_rows(t.name)) {
      std::size_t const columns = t.shape.size() == 2 ? t.shape[1] : 1;
      io::to_halves(values, t.shape[0] / config.head_dim, config.head_dim, columns);
    }
  });
  return model;
}

/// A Hugging Face folder: config.json, tokenizer.json, safetensors. The backend must outlive the model. Throws: Error
/// that says what is wrong with the folder and where; sizes are compared before memory is claimed.
template <TensorBackend B>
LanguageModel<B> load_hugging_face(B& backend, std::string const& folder) {
  io::ModelConfig const config = io::read_hf_config(folder);
  text::Vocabulary vocabulary = io::read_hf_tokenizer(folder);
  model::add_end_tokens(vocabulary, config);
  io::SafetensorsFolder const weights(folder);
  (void)model::match_weights(model::weight_layout(config).tensors, weights.tensors(), folder, model::own_name);
  LanguageModel<B> model(backend, config, text::Tokenizer(std::move(vocabulary)));
  model::fill_weights(model, weights.tensors(), folder);
  return model;
}

/// A GGUF file or a Hugging Face folder.
/// Throws: Error that says what is wrong with it and where.
template <TensorBackend B>
LanguageModel<B> load_model(B& backend, std::string const& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    throw Error("model " + path + ": no such file or folder");
  }
  return std::filesystem::is_directory(path, ignored) ? load_hugging_face(backend, path) : load_gguf(backend, path);
}

} // namespace srlm
