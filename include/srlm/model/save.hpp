/// Models to files: a Hugging Face folder, or one GGUF file that llama.cpp loads, tokenizer and chat template included.
#pragma once
#include <srlm/io/gguf_config.hpp>
#include <srlm/io/gguf_tokenizer.hpp>
#include <srlm/io/gguf_writer.hpp>
#include <srlm/io/hf_config.hpp>
#include <srlm/io/hf_tokenizer_writer.hpp>
#include <srlm/io/safetensors.hpp>
#include <srlm/io/tensor_names.hpp>
#include <srlm/model/language_model.hpp>
#include <filesystem>

namespace srlm {

namespace model {

/// Every weight on the host, with its Hugging Face name.
template <class M>
std::vector<std::vector<float>> host_weights(M const& model) {
  std::vector<std::vector<float>> values;
  for (NamedTensor const& tensor : model.tensors()) {
    values.push_back(model.tensor(tensor));
  }
  return values;
}

inline void make_folder(std::filesystem::path const& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) {
    throw Error("folder " + folder.string() + ": " + failed.message());
  }
}

} // namespace model

/// config.json, generation_config.json, tokenizer files and model.safetensors. The weights come last, so a folder with
/// weights is whole. Throws: Error that names the file and the reason.
template <TensorBackend B>
void save_hugging_face(LanguageModel<B> const& model, std::string const& folder, io::DType dtype = io::DType::f32) {
  model::make_folder(folder);
  io::write_hf_config(folder, model.config(), dtype);
  io::write_hf_tokenizer(folder, model.tokenizer().vocabulary());
  auto const values = model::host_weights(model);
  std::vector<io::TensorToWrite> tensors;
  for (std::size_t i = 0; i < values.size(); ++i) {
    tensors.push_back({model.tensors()[i].name, model.tensors()[i].shape, values[i]});
  }
  io::write_safetensors((std::filesystem::path(folder) / "model.safetensors").string(), tensors, dtype);
}

/// Rows of Q and K in GGUF's order, matrices as dtype, vectors as f32.
template <TensorBackend B>
void save_gguf(LanguageModel<B> const& model, std::string const& path, io::DType dtype = io::DType::f32) {
  io::ModelConfig const& config = model.config();
  if (auto const parent = std::filesystem::path(path).parent_path(); !parent.empty()) {
    model::make_folder(parent);
  }
  io::GgufMetadata metadata;
  io::config_to_gguf(config, metadata);
  io::vocabulary_to_gguf(model.tokenizer().vocabulary(), config.vocabulary, metadata);
  auto values = model::host_weights(model);
  std::vector<io::TensorToWrite> tensors;
  for (std::size_t i = 0; i < values.size(); ++i) {
    model::NamedTensor const& tensor = model.tensors()[i];
    if (io::stores_interleaved_rows(config.architecture) && io::has_rotary_rows(tensor.name)) {
      std::size_t const columns = tensor.shape.size() == 2 ? tensor.shape[1] : 1;
      io::to_interleaved(values[i], tensor.shape[0] / config.head_dim, config.head_dim, columns);
    }
    tensors.push_back({io::gguf_name(tensor.name).value(), tensor.shape, values[i]});
  }
  auto const factors = io::rope_factors(config);
  if (factors) {
    tensors.push_back({io::rope_factors_name, {factors->size()}, *factors});
  }
  io::write_gguf(path, std::move(metadata), tensors, dtype);
}

/// A GGUF file if the path ends in .gguf, else a Hugging Face folder.
template <TensorBackend B>
void save_model(LanguageModel<B> const& model, std::string const& path, io::DType dtype = io::DType::f32) {
  path.ends_with(".gguf") ? save_gguf(model, path, dtype) : save_hugging_face(model, path, dtype);
}

} // namespace srlm
