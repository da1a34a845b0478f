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
#include <map>

namespace srlm {

namespace model {

/// Fills every tensor of the model from the sources; name_of(source) gives the Hugging Face name or nullopt (not ours).
/// Throws: Error for a tensor that is missing, has another shape, or holds NaN or infinite numbers.
template <class M, class NameOf, class Finish>
void fill_weights(M& model, std::vector<io::TensorSource> const& sources, std::string const& where, NameOf&& name_of,
                  Finish&& finish) {
  std::map<std::string, io::TensorSource const*> by_name;
  for (io::TensorSource const& source : sources) {
    if (auto name = name_of(source)) {
      by_name.emplace(*name, &source);
    }
  }
  std::vector<float> values;
  for (NamedTensor const& tensor : model.tensors()) {
    auto const found = by_name.find(tensor.name);
    if (found == by_name.end()) {
      throw Error(where, "no tensor " + tensor.name, "every weight of the architecture that its configuration names");
    }
    if (found->second->shape != tensor.shape) {
      throw Error(where + ": tensor " + tensor.name, "shape " + io::shape_text(found->second->shape),
                  io::shape_text(tensor.shape) + " by the configuration");
    }
    values.resize(tensor.size);
    io::read_f32(*found->second, values);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        throw Error(where + ": tensor " + tensor.name, "a value that is not finite at index " + std::to_string(i),
                    "finite weights");
      }
    }
    finish(tensor, std::span(values));
    model.set_tensor(tensor, values);
  }
}

/// A sliding window is not implemented; within the window it changes nothing, so the context ends there.
inline io::ModelConfig within_window(io::ModelConfig config) {
  if (config.sliding_window) {
    config.context = std::min(config.context, *config.sliding_window);
  }
  return config;
}

inline void add_end_tokens(text::Vocabulary& vocabulary, io::ModelConfig const& config) {
  for (Token token : config.eos) {
    if (std::find(vocabulary.end_tokens.begin(), vocabulary.end_tokens.end(), token) == vocabulary.end_tokens.end()) {
      vocabulary.end_tokens.push_back(token);
    }
  }
}

} // namespace model

template <TensorBackend B>
LanguageModel<B> load_gguf(B& backend, std::string const& path) {
  io::GgufFile const file(path);
  io::ModelConfig const config = model::within_window(io::config_from_gguf(file));
  text::Vocabulary vocabulary = io::vocabulary_from_gguf(file);
  model::add_end_tokens(vocabulary, config);
  LanguageModel<B> model(backend, config, text::Tokenizer(std::move(vocabulary)));
  bool const interleaved = io::stores_interleaved_rows(config.architecture);
  model::fill_weights(
      model, file.tensors(), path, [](io::TensorSource const& s) { return io::hugging_face_name(s.name); },
      [&](model::NamedTensor const& t, std::span<float> values) {
        if (interleaved && io::has_rotary_rows(t.name)) {
          std::size_t const columns = t.shape.size() == 2 ? t.shape[1] : 1;
          io::to_halves(values, t.shape[0] / config.head_dim, config.head_dim, columns);
        }
      });
  return model;
}

template <TensorBackend B>
LanguageModel<B> load_hugging_face(B& backend, std::string const& folder) {
  io::ModelConfig const config = model::within_window(io::read_hf_config(folder));
  text::Vocabulary vocabulary = io::read_hf_vocabulary(folder);
  model::add_end_tokens(vocabulary, config);
  LanguageModel<B> model(backend, config, text::Tokenizer(std::move(vocabulary)));
  io::SafetensorsFolder const weights(folder);
  model::fill_weights(
      model, weights.tensors(), folder, [](io::TensorSource const& s) { return std::optional<std::string>(s.name); },
      [](model::NamedTensor const&, std::span<float>) {});
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
